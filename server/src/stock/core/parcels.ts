import { must } from '../../platform/must.ts'
import { levelKey, lotKey, onHand, type Context, type LevelState, type LotRecord } from './context.ts'
import type { Draft } from './draft.ts'
import type { Effect, ParcelLine } from './effect.ts'

/** Bottles of one lot in one bin of a level. Empty: of no lot, or in no bin. What a level has beyond its parcels is of no lot and in no bin. */
export interface ParcelState {
  readonly lot: string
  readonly bin: string
  readonly quantity: number
  /** The last year it is to be drunk in, and when its lot was opened: who is drawn from first. */
  readonly drinkBy: number | null
  readonly openedAtUs: number | null
}

/** Which bottles are meant, where that is said. */
export interface Which {
  readonly lot?: string | undefined
  readonly bin?: string | undefined
}

/** The parcels of a level as the draft has them, empty ones left out. */
export function parcelsAt(draft: Draft, level: LevelState): readonly ParcelState[] {
  const known = must(draft.context.parcels.get(level.key), `parcels of ${level.key}`)
  return withLines(known, linesAt(draft.parcels, level), (lot) => lotOf(draft.context, draft.lots, level.sku, lot))
}

/** Takes what an effect did to parcels over into the context. */
export function evolveParcels(context: Context, effect: Effect): void {
  for (const lot of effect.lots) context.lots.set(lotKey(lot.sku, lot.id), lot)
  for (const key of new Set(effect.parcels.map(({ sku, location }) => levelKey(sku, location)))) {
    const [sku = '', location = ''] = key.split('@')
    const known = must(context.parcels.get(key), `parcels of ${key}`)
    const lines = linesAt(effect.parcels, { sku, location })
    context.parcels.set(
      key,
      withLines(known, lines, (lot) => lotOf(context, effect.lots, sku, lot)),
    )
  }
}

function linesAt(lines: readonly ParcelLine[], at: { readonly sku: string; readonly location: string }): ParcelLine[] {
  return lines.filter(({ sku, location }) => sku === at.sku && location === at.location)
}

type Known = Pick<LotRecord, 'drinkBy' | 'openedAtUs'> | undefined

function withLines(
  known: readonly ParcelState[],
  lines: readonly ParcelLine[],
  record: (lot: string) => Known,
): readonly ParcelState[] {
  if (lines.length === 0) return known
  const parcels = new Map(known.map((parcel) => [nameOf(parcel), parcel]))
  for (const line of lines) {
    const { lot, bin, delta } = line
    const at = parcels.get(nameOf(line)) ?? { lot, bin, quantity: 0, ...orderOf(known, lot, record) }
    parcels.set(nameOf(line), { ...at, quantity: at.quantity + delta })
  }
  return [...parcels.values()].filter(({ quantity }) => quantity > 0)
}

function nameOf({ lot, bin }: { readonly lot: string; readonly bin: string }): string {
  return `${lot} ${bin}`
}

/** What orders a lot among others: as its other parcels have it, or as it is on record. */
function orderOf(known: readonly ParcelState[], lot: string, record: (lot: string) => Known) {
  const sibling = known.find((parcel) => parcel.lot === lot)
  const { drinkBy, openedAtUs } = sibling ?? record(lot) ?? {}
  return { drinkBy: drinkBy ?? null, openedAtUs: openedAtUs ?? null }
}

function lotOf(context: Context, opened: readonly LotRecord[], sku: string, lot: string): Known {
  return opened.find((one) => one.sku === sku && one.id === lot) ?? context.lots.get(lotKey(sku, lot))
}

/** Bottles of a lot at a level, in whichever bin. */
export function ofLot(draft: Draft, level: LevelState, lot: string): number {
  return sum(parcelsAt(draft, level).filter((parcel) => parcel.lot === lot))
}

/** Bottles of a level that are of no lot and in no bin. */
export function unassigned(draft: Draft, level: LevelState): number {
  return Math.max(0, onHand(level) - sum(parcelsAt(draft, level)))
}

function sum(parcels: readonly ParcelState[]): number {
  return parcels.reduce((bottles, { quantity }) => bottles + quantity, 0)
}

/** Bottles come to a lot and a bin. Nothing for what is of no lot and in no bin: that is what a level has beyond its parcels. */
export function put(
  draft: Draft,
  { sku, location }: LevelState,
  { lot = '', bin = '' }: Which,
  quantity: number,
): void {
  if (quantity === 0 || (lot === '' && bin === '')) return
  draft.parcels.push({ sku, location, lot, bin, delta: quantity })
}

export interface Drawn {
  readonly lot: string
  readonly bin: string
  readonly quantity: number
}

/** Takes bottles from parcels, as many as those that are meant have; returns which. Without a word the oldest to drink go first. */
export function draw(
  draft: Draft,
  level: LevelState,
  quantity: number,
  which: Which = {},
  first = oldestToDrink,
): Drawn[] {
  const drawn: Drawn[] = []
  let left = quantity
  for (const { lot, bin, quantity: there } of parcelsAt(draft, level).toSorted(first)) {
    if (left === 0) break
    if ((which.lot ?? lot) !== lot || (which.bin ?? bin) !== bin) continue
    const part = Math.min(left, there)
    draft.parcels.push({ sku: level.sku, location: level.location, lot, bin, delta: -part })
    drawn.push({ lot, bin, quantity: part })
    left -= part
  }
  return drawn
}

/** Lots before what is of no lot; of lots the one with the earliest last year, then the one that was opened first. */
function oldestToDrink(a: ParcelState, b: ParcelState): number {
  return (
    Number(a.lot === '') - Number(b.lot === '') ||
    (a.drinkBy ?? Infinity) - (b.drinkBy ?? Infinity) ||
    (a.openedAtUs ?? 0) - (b.openedAtUs ?? 0) ||
    (nameOf(a) < nameOf(b) ? -1 : 1)
  )
}

/** What a count did not find is of no lot as long as there is such. */
function unknownFirst(a: ParcelState, b: ParcelState): number {
  return Number(a.lot !== '') - Number(b.lot !== '') || oldestToDrink(a, b)
}

/**
 * Brings parcels in line with what came and went where nobody said which: the oldest to drink have left; what a count or a correction misses is of
 * no lot first. Parcels never have more than is on hand.
 */
export function settleParcels(draft: Draft): readonly ParcelLine[] {
  for (const level of new Set(draft.touched)) {
    const before = must(draft.context.levels.get(level.key), 'a level that was copied')
    if (
      must(draft.context.parcels.get(level.key), `parcels of ${level.key}`).length === 0 &&
      draft.parcels.length === 0
    )
      continue
    const said = linesAt(draft.parcels, level).reduce((total, { delta }) => total + delta, 0)
    const gone = onHand(before) - onHand(level) + said
    if (gone > 0 && draft.isCorrection) draw(draft, level, Math.max(0, gone - beyond(draft, before)), {}, unknownFirst)
    else if (gone > 0) draw(draft, level, gone)
    const tooMany = sum(parcelsAt(draft, level)) - Math.max(0, onHand(level))
    if (tooMany > 0) draw(draft, level, tooMany, {}, unknownFirst)
  }
  return draft.parcels
}

/** Bottles a level had beyond its parcels before the command. */
function beyond(draft: Draft, before: LevelState): number {
  const known = must(draft.context.parcels.get(before.key), 'parcels of a level')
  return Math.max(0, onHand(before) - sum(known))
}
