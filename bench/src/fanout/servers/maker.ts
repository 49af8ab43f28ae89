import { skuCode } from '../../load/request.ts'
import { wallOffsetMs } from '../clock.ts'
import type { Range } from '../share.ts'
import type { Times } from '../tally.ts'

/** A new value: its SKU, and what is to be sent of it. */
export interface Made {
  readonly sku: string
  readonly text: string
}

/** Changes values at a pace, one SKU of a range after another. */
export interface Maker {
  start(range: Range, perSecond: number): void
  rest(): void
  /** When each value was made, by the number it carries, since the last start. */
  times(): Times
}

/** As long as the real one, so that all send as many bytes. */
const epoch = 'abcdefgh'

/** A frame of one offer, as Cellarhand sends it. The number stands in the offer's position and in the cursor. */
export function frameText(sku: string, number: number): string {
  const price = { amountMinor: 1000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  const position = `${epoch}.${number}`
  const offer = { sku, channel: 'web', available: 900_000, held: 0, status: 'in_stock', price, position }
  return JSON.stringify({ type: 'offers', topic: `sku:${sku}@web`, offers: [offer], cursor: position })
}

/**
 * A value is made when it is due. One that is late since the process was busy counts from when it was due, or a server would be quick by being slow to ask; one that is
 * late since timers are coarse counts from when it was made.
 */
export function createMaker(take: (made: readonly Made[]) => void): Maker {
  let timer: NodeJS.Timeout | undefined
  let number = 0
  let times = { first: 1, atMs: [] as number[] }
  function start({ first, count }: Range, perSecond: number): void {
    clearTimeout(timer)
    const offsetMs = wallOffsetMs()
    const beganMs = performance.now()
    const everyMs = 1_000 / perSecond
    let idleSinceMs = beganMs
    let made = 0
    times = { first: number + 1, atMs: [] }
    const tick = () => {
      const nowMs = performance.now()
      const due: Made[] = []
      for (; beganMs + made * everyMs <= nowMs; made++) {
        const dueMs = beganMs + made * everyMs
        number += 1
        times.atMs.push(offsetMs + (dueMs < idleSinceMs ? dueMs : nowMs))
        const sku = skuCode(first + (made % count))
        due.push({ sku, text: frameText(sku, number) })
      }
      if (due.length > 0) take(due)
      idleSinceMs = performance.now()
      timer = setTimeout(tick, Math.max(1, beganMs + made * everyMs - idleSinceMs))
    }
    tick()
  }
  return {
    start,
    rest: () => clearTimeout(timer),
    times: () => times,
  }
}
