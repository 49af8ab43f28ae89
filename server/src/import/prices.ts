import { LINES_MAX } from '@cellarhand/protocol/primitives'
import type { Price, Stock } from '../stock/stock.ts'
import type { RowPrice } from './row.ts'
import { createLane, submitSurely } from './submit.ts'

/** What a SKU costs in a channel now. */
export type CurrentPrices = (skus: readonly string[], channel: string) => Promise<ReadonlyMap<string, Price>>

/** A price of a row, on its way. */
export interface PriceLine extends RowPrice {
  readonly sku: string
  readonly line: number
  readonly cells: readonly string[]
}

export interface PriceCounts {
  set: number
  same: number
  refused: number
}

/** Takes prices to stock, a hundred to a command, several commands at once. */
export interface PriceLane {
  readonly counts: PriceCounts
  add(lines: readonly PriceLine[]): Promise<void>
  finish(): Promise<void>
  /** Resolves when nothing is under way any more, however it went. */
  settled(): Promise<void>
}

/** What the lane needs. */
export interface PriceDeps {
  readonly stock: Stock
  readonly currentPrices: CurrentPrices
  /** told of a price that stock refused, and why */
  readonly onRefused: (line: PriceLine, detail: string) => Promise<void>
  /** only counts what it would set */
  readonly preview?: boolean
}

/**
 * A price that is the current one is left alone: that, and not a key, is what makes a second import change nothing. A key derived from the price alone
 * would be remembered, and an import would not bring a price back that somebody has changed meanwhile. Keys only serve the retries of this run.
 *
 * @param runId different for each run
 */
export function createPriceLane(deps: PriceDeps, runId: string): PriceLane {
  const lane = createLane()
  const waiting = new Map<string, PriceLine[]>()
  const counts: PriceCounts = { set: 0, same: 0, refused: 0 }
  let sent = 0
  const send = (channel: string, lines: readonly PriceLine[]) => {
    const key = `import:${runId}:${sent++}`
    return lane.add(() => setPrices(deps, counts, { channel, lines, key }))
  }
  return {
    counts,
    async add(lines) {
      for (const line of lines) {
        const ofChannel = waiting.get(line.channel) ?? []
        waiting.set(line.channel, ofChannel)
        ofChannel.push(line)
        if (ofChannel.length >= LINES_MAX) await send(line.channel, ofChannel.splice(0, LINES_MAX))
      }
    },
    async finish() {
      for (const [channel, lines] of waiting) if (lines.length > 0) await send(channel, lines)
      waiting.clear()
      await lane.finish()
    },
    settled: () => lane.settled(),
  }
}

interface PriceGroup {
  readonly channel: string
  readonly lines: readonly PriceLine[]
  readonly key: string
}

async function setPrices(deps: PriceDeps, counts: PriceCounts, { channel, lines, key }: PriceGroup): Promise<void> {
  const current = await deps.currentPrices(
    lines.map((line) => line.sku),
    channel,
  )
  const changed = lines.filter((line) => !isSame(current.get(line.sku), line.price))
  counts.same += lines.length - changed.length
  if (deps.preview) counts.set += changed.length
  else if (changed.length > 0) await setOrHalve(deps, counts, changed, key)
}

function isSame(a: Price | undefined, b: Price): boolean {
  return (
    a !== undefined &&
    a.amountMinor === b.amountMinor &&
    a.currency === b.currency &&
    a.taxIncluded === b.taxIncluded &&
    a.dutyIncluded === b.dutyIncluded
  )
}

/** One refused price refuses its command: halves are tried until it stands alone and can be named. */
async function setOrHalve(
  deps: PriceDeps,
  counts: PriceCounts,
  lines: readonly PriceLine[],
  key: string,
): Promise<void> {
  const command = {
    kind: 'setPrice' as const,
    lines: lines.map(({ sku, channel, price }) => ({ sku, channel, price })),
  }
  const outcome = await submitSurely(deps.stock, { command, key })
  if (outcome.kind !== 'refused') {
    counts.set += lines.length
    return
  }
  const [only] = lines
  if (lines.length === 1 && only !== undefined) {
    counts.refused++
    return deps.onRefused(only, outcome.refusal.detail)
  }
  const middle = Math.ceil(lines.length / 2)
  await setOrHalve(deps, counts, lines.slice(0, middle), `${key}a`)
  await setOrHalve(deps, counts, lines.slice(middle), `${key}b`)
}
