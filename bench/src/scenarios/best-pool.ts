import type { Baseline } from '../baseline/baseline.ts'
import { runLoad, type LoadOptions, type Target } from '../load/load.ts'
import type { Say } from '../report/say.ts'

/** One connection is best where all want the same row; beyond some ten a core PostgreSQL only switches. */
const sizes = [1, 2, 4, 10, 20, 40]
/** A search, not a measurement: what is found is measured again with the others. */
const secondsEach = 2

/** The pool size with which a baseline is quickest. */
export async function findBestPool(
  name: string,
  baseline: Baseline,
  target: Target,
  options: LoadOptions,
  say: Say,
): Promise<number> {
  let best = { size: 0, rate: 0 }
  const seconds = Math.min(secondsEach, options.seconds)
  await say.step(`the best pool for ${name}`, async () => {
    for (const size of sizes) {
      await baseline.setPool(size)
      const { rate } = await runLoad(target, { connections: options.connections, seconds })
      if (rate > best.rate) best = { size, rate }
    }
    await baseline.setPool(1)
  })
  say.line(`  best: ${best.size} connections, ${Math.round(best.rate).toLocaleString('en')}/s`)
  return best.size
}
