import type pg from 'pg'
import { every } from '../platform/loop.ts'
import { must } from '../platform/must.ts'
import type { Seal } from '../platform/seal.ts'
import { readEndedHolds, readLastEndedHolds, type EndedHold } from '../stock/stock.ts'
import { createLedger, type HeldBack, type Ledger, type Suspicion, type Verdict } from './ledger.ts'
import type { Paces } from './pace.ts'
import { dropBeyond } from './record.ts'
import type { Sign } from './sign.ts'
import { KEPT_S, readSigns, writeSigns } from './signs.ts'
import { createWhences, type Whence } from './whence.ts'

// The module's door: who holds bottles to keep them from others, and what is done about it.
export { createPaces } from './pace.ts'
export type { Paces } from './pace.ts'
export type { HeldBack, Suspicion, Verdict } from './ledger.ts'
export type { Sign } from './sign.ts'
export { forgetConduct, writeSigns } from './signs.ts'

/** As long as evidence of another process may be unknown in this one. */
const LOOK_EVERY_MS = 500
/** Rows become visible out of the order of their numbers: those of the last moment are read again. */
const AGAIN_S = 5
const AGAIN_MAX = 50_000
/** Live holds whose address is remembered until they end: some 20 MB. Of those beyond, only who made them is known. */
const HOLDS_MAX = 100_000
/** Signs that wait to be written. Beyond it the oldest are lost: it is evidence, and no ledger. */
const WAITING_MAX = 10_000

/** Of so many it is remembered what was put on record of them last. */
const TOLD_MAX = 10_000

/** Who asks to hold something, as they have shown themselves. */
export interface Holder {
  readonly subject: string
  /** they, and the guest that they were */
  readonly customers: readonly string[]
  readonly authenticatedAtMs?: number | undefined
}

/** Watches what comes of holds. */
export interface Conduct {
  /**
   * Whether somebody may go on, and no query: what is known is in memory.
   *
   * @param skus that they want to hold; none where it is more time for what they hold
   */
  meet(holder: Holder, address: string, skus: readonly string[]): HeldBack | undefined
  /** Whether nobody was told so before: the verdict on somebody has changed. */
  isNews(heldBack: HeldBack): boolean
  /** A hold was made from there. */
  placed(id: string, address: string): void
  look(party: string): Suspicion
  suspicions(): readonly Suspicion[]
  /** What was decided about somebody counts here at once, and elsewhere when it is read. */
  decided(sign: Sign): void
  /** Holds that were not made, by why. */
  readonly heldBack: ReadonlyMap<Verdict, number>
  /** Resolves when what is known from before is there. */
  readonly ready: Promise<void>
  /** Resolves when the loop has ended. */
  readonly done: Promise<void>
}

export interface ConductDoor {
  readonly nowMs: () => number
  /** points in percent of what docs/accounts.md says; 0: nobody is watched */
  readonly percent: number
  readonly seal: Seal
  /** what is told of levels elsewhere */
  readonly paces: Pick<Paces, 'asked'>
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

interface Watch {
  readonly pool: pg.Pool
  readonly ledger: Ledger
  /** holds that live, by their id: where they were made from */
  readonly origins: Map<string, Whence>
  waiting: Sign[]
  /** numbers of signs that were read lately */
  readonly read: Map<string, true>
  /** undefined: what happened before is not read yet */
  position: number | undefined
  /** when signs were last read */
  readAtMs: number
}

/** Watches the database that all processes write to, so that each of them thinks the same of everybody within a second. */
export function openConduct(pool: pg.Pool, door: ConductDoor): Conduct {
  const { nowMs, percent, paces } = door
  const ledger = createLedger({ nowMs, strictness: percent / 100 })
  const watch = watchOver(pool, ledger)
  if (percent === 0) return unwatched(ledger)
  const whenceOf = createWhences(door.seal)
  const heldBack = new Map<Verdict, number>()
  const told = new Map<string, Verdict>()
  const ready = readBack(watch, nowMs()).catch(door.onError)
  return {
    meet(holder, address, skus) {
      // An app may well ask for more time by a clock: that is no claim.
      if (skus.length > 0) tell(watch, paces.asked(holder.subject, skus))
      const asker = {
        subject: holder.subject,
        parties: holder.customers,
        address: whenceOf(address)?.party,
        authenticatedAtMs: holder.authenticatedAtMs,
      }
      const met = ledger.meet(asker)
      if (met.sign) tell(watch, [met.sign])
      if (met.heldBack) heldBack.set(met.heldBack.verdict, (heldBack.get(met.heldBack.verdict) ?? 0) + 1)
      return met.heldBack
    },
    isNews({ party, verdict }) {
      const isNew = told.get(party) !== verdict
      told.set(party, verdict)
      dropBeyond(told, TOLD_MAX)
      return isNew
    },
    placed(id, address) {
      const whence = whenceOf(address)
      if (!whence) return
      watch.origins.set(id, whence)
      dropBeyond(watch.origins, HOLDS_MAX)
    },
    look: (party) => ledger.look(party),
    suspicions: () => ledger.suspicions(),
    decided: (sign) => ledger.note(sign),
    heldBack,
    ready,
    done: ready.then(() => every(LOOK_EVERY_MS, () => look(watch, nowMs()), door)),
  }
}

function unwatched(ledger: Ledger): Conduct {
  return {
    meet: () => undefined,
    isNews: () => false,
    placed: () => {},
    look: (party) => ledger.look(party),
    suspicions: () => [],
    decided: () => {},
    heldBack: new Map(),
    ready: Promise.resolve(),
    done: Promise.resolve(),
  }
}

/** Who is suspected by what the database knows, for who has no server to ask. */
export async function readSuspicions(
  pool: pg.Pool,
  door: Pick<ConductDoor, 'nowMs' | 'percent'>,
): Promise<readonly Suspicion[]> {
  const ledger = createLedger({ nowMs: door.nowMs, strictness: door.percent / 100 })
  await readBack(watchOver(pool, ledger), door.nowMs())
  return ledger.suspicions()
}

/** What happened before this process began: a bot does not wait for a deploy. */
async function readBack(watch: Watch, nowMs: number): Promise<void> {
  const { holds, upTo } = await readLastEndedHolds(watch.pool, KEPT_S)
  const signs = await readSigns(watch.pool, KEPT_S)
  watch.position = upTo
  watch.readAtMs = nowMs
  for (const { id } of signs) watch.read.set(String(id), true)
  const all = [...holds.map(signOf), ...signs].toSorted((one, other) => one.atMs - other.atMs)
  for (const sign of all) watch.ledger.note(sign)
}

const watchOver = (pool: pg.Pool, ledger: Ledger): Watch => ({
  pool,
  ledger,
  origins: new Map(),
  waiting: [],
  read: new Map(),
  position: undefined,
  readAtMs: 0,
})

async function look(watch: Watch, nowMs: number): Promise<void> {
  if (watch.position === undefined) await readBack(watch, nowMs)
  await lookAtHolds(watch)
  await writeWaiting(watch)
  // Where the last look is long ago, since the database did not answer, so is what is to be read.
  const signs = await readSigns(watch.pool, Math.min(KEPT_S, AGAIN_S + (nowMs - watch.readAtMs) / 1_000))
  watch.readAtMs = nowMs
  for (const sign of signs) {
    if (watch.read.has(String(sign.id))) continue
    watch.read.set(String(sign.id), true)
    dropBeyond(watch.read, AGAIN_MAX)
    watch.ledger.note(sign)
  }
}

async function writeWaiting(watch: Watch): Promise<void> {
  const waiting = watch.waiting
  watch.waiting = []
  try {
    await writeSigns(watch.pool, waiting)
  } catch (error) {
    tell(watch, waiting)
    throw error
  }
}

async function lookAtHolds(watch: Watch): Promise<void> {
  for (;;) {
    const { holds, upTo, more } = await readEndedHolds(watch.pool, must(watch.position, 'where the reading begins'))
    watch.position = upTo
    for (const hold of holds) {
      watch.ledger.note(signOf(hold))
      const whence = watch.origins.get(hold.id)
      watch.origins.delete(hold.id)
      // Where it came from is known to this process alone: it tells the others.
      if (whence) tell(watch, [{ ...signOf(hold), ...whence, subject: hold.subject }])
    }
    if (!more) return
  }
}

function tell(watch: Watch, signs: readonly Sign[]): void {
  watch.waiting.push(...signs)
  if (watch.waiting.length > WAITING_MAX) watch.waiting.splice(0, watch.waiting.length - WAITING_MAX)
}

const signOf = ({ subject, ending, beganAtMs, endedAtMs, sku, share }: EndedHold): Sign => ({
  party: subject,
  kind: ending,
  beganAtMs,
  atMs: endedAtMs,
  sku,
  share,
})
