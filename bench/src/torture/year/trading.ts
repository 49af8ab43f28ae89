import { allocate, endQuarantine, quarantine, useAllotment } from './aside.ts'
import { months, season } from './calendar.ts'
import type { Errand } from './errand.ts'
import { adjust, count, deliver, deliverSome, openLot, putAway, sellAtTills, setPrices, writeOff } from './goods.ts'
import type { Merchant } from './merchant.ts'
import { endHold, fulfil, hold } from './orders.ts'
import type { Place } from './shelves.ts'
import { createTrader, emptiest, LINES_MOST, type Trader } from './trader.ts'
import { clearDuty, endTransfer, sendTransfer } from './ways.ts'

/** What a hand does next, each as often as its weight says against the others; undefined where there is nothing to do it with. */
const doings = {
  hold: { weight: 30, do: (trader) => hold(trader) },
  endHold: { weight: 29, do: (trader) => endHold(trader) },
  fulfil: { weight: 24, do: (trader) => fulfil(trader) },
  sellAtTills: { weight: 26, do: sellAtTills },
  deliver: { weight: 5, do: deliverSome },
  putAway: { weight: 3, do: (trader) => putAway(trader) },
  sendTransfer: { weight: 6, do: (trader) => sendTransfer(trader) },
  endTransfer: { weight: 6, do: endTransfer },
  clearDuty: { weight: 2, do: (trader) => clearDuty(trader) },
  count: { weight: 3, do: count },
  writeOff: { weight: 2, do: writeOff },
  quarantine: { weight: 2, do: quarantine },
  endQuarantine: { weight: 2, do: endQuarantine },
  allocate: { weight: 2, do: (trader) => allocate(trader) },
  useAllotment: { weight: 2, do: useAllotment },
  adjust: { weight: 1, do: (trader) => adjust(trader) },
  openLot: { weight: 1, do: (trader) => openLot(trader) },
  setPrices: { weight: 1, do: (trader) => setPrices(trader) },
} as const satisfies Record<
  string,
  { readonly weight: number; readonly do: (trader: Trader, atMs: number) => Errand | undefined }
>

type Doing = keyof typeof doings
const doingNames = Object.keys(doings) as Doing[]
const weights = Object.fromEntries(doingNames.map((name) => [name, doings[name].weight])) as Record<Doing, number>

/** The errands of a month, in order, by hand. */
export type MonthOfErrands = ReadonlyMap<string, readonly Errand[]>

/** The year, month by month. Follows from the merchant alone: no answer of a server changes what is asked next. */
export function* tradeYear(merchant: Merchant): Generator<MonthOfErrands> {
  const traders = merchant.hands.map(createTrader)
  for (const month of months.keys()) {
    yield new Map(traders.map((trader) => [trader.hand.name, monthOf(trader, merchant, month)]))
  }
}

/** Some jitter, so that no two errands of a hand are of one instant for certain. */
const JITTER_MS = 60_000

function monthOf(trader: Trader, { movements, hands }: Merchant, month: number): Errand[] {
  const { beginsMs, endsMs } = months[month] ?? { beginsMs: 0, endsMs: 0 }
  const budget = (movements * (season[month] ?? 0)) / 100 / hands.length
  const errands = month === 0 ? openingStock(trader, beginsMs) : []
  let done = errands.reduce((sum, errand) => sum + errand.movements, 0)
  let atMs = beginsMs
  while (done < budget) {
    const dueMs = beginsMs + ((endsMs - beginsMs - JITTER_MS) * done) / budget
    atMs = Math.max(atMs, Math.floor(dueMs)) + trader.random.below(2)
    const errand = doings[trader.random.weighted(weights)].do(trader, atMs + trader.random.below(JITTER_MS / 2))
    if (!errand) continue
    errands.push(errand)
    done += errand.movements
  }
  return errands
}

/** What the year begins with, at every place. */
function openingStock(trader: Trader, beginsMs: number): Errand[] {
  const all: readonly Place[] = ['warehouse', 'shop', 'bond']
  const errands: Errand[] = []
  for (const place of all) {
    const shelves = emptiest(trader, place, trader.hand.skus.length)
    for (let from = 0; from < shelves.length; from += LINES_MOST) {
      errands.push(deliver(trader, beginsMs + 1, place, shelves.slice(from, from + LINES_MOST)))
    }
  }
  return errands
}
