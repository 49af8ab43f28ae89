import { HALF_LIFE_MS, leftOf } from './fading.ts'
import type { Party, ReasonKind } from './record.ts'
import { isAddress } from './sign.ts'

/** From here on holds are slowed. */
export const SLOW_AT = 40
/** From here on they are asked for proof. */
export const PROVE_AT = 70
/** Where a proof leaves the score: slowed still, so that whoever goes on as before is asked again. */
const PROVED_AT = 50
/** No score says more than that. Points may be more: what comes after a proof is to count. */
const SCORE_MAX = 100

/** One purchase makes good for so many that came to nothing: of three carts in a shop on the net, two are left standing. */
const MADE_GOOD = 3
/** Holds that anybody may let go: who compares, and who is called away. */
const UNBOUGHT_FREE = 3
const UNBOUGHT_POINTS = 8
/** Not more than the half of what leads to a proof: who cannot decide, and keeps others from nothing, is slowed at most. */
const UNBOUGHT_MAX = 60
/** Of a whole lot that is held again. Behind an address there may be several who want the same. */
const CYCLE_POINTS = { person: 25, address: 15 } as const
/** Accounts that let go what they held, behind one address: a household, a small office. */
const ACCOUNTS_FREE = 5
const ACCOUNT_POINTS = 4
/** Chance may be as quick as a program twice. */
const REFLEX_FREE = 2
const REFLEX_POINTS = 20
const RHYTHM_POINTS = 20
const PACE_MAX = 60

/** Why somebody is suspected. */
export interface Reason {
  readonly reason: ReasonKind
  /** what was counted, older things less: holds, shares of a lot, accounts, times */
  readonly figure: number
  readonly points: number
  /** when it was last added to, ms since 1970 */
  readonly atMs: number
}

/** What speaks against somebody at a moment, the heaviest first. */
export function reasonsOf(party: Party, nowMs: number): readonly Reason[] {
  return countedOf(party, nowMs)
    .filter(({ points }) => points > 0)
    .map(({ reason, figure, points }) => ({
      reason,
      figure: Math.round(figure * 100) / 100,
      points: Math.round(points * 10) / 10,
      atMs: party.lastAtMs.get(reason) ?? 0,
    }))
    .toSorted((one, other) => other.points - one.points)
}

const countedOf = (party: Party, nowMs: number): readonly Counted[] =>
  isAddress(party.name) ? ofAddress(party, nowMs) : ofPerson(party, nowMs)

type Counted = Pick<Reason, 'reason' | 'figure' | 'points'>

function ofPerson(party: Party, nowMs: number): Counted[] {
  const left = (kind: 'unbought' | 'cycling' | 'reflex' | 'rhythm') => leftOf(party[kind], nowMs)
  const good = MADE_GOOD * leftOf(party.bought, nowMs)
  const unbought = left('unbought') - UNBOUGHT_FREE - good
  return [
    { reason: 'unbought', figure: left('unbought'), points: Math.min(UNBOUGHT_MAX, UNBOUGHT_POINTS * unbought) },
    { reason: 'cycling', figure: left('cycling'), points: CYCLE_POINTS.person * left('cycling') },
    {
      reason: 'reflex',
      figure: left('reflex'),
      points: Math.min(PACE_MAX, REFLEX_POINTS * (left('reflex') - REFLEX_FREE)),
    },
    { reason: 'rhythm', figure: left('rhythm'), points: Math.min(PACE_MAX, RHYTHM_POINTS * left('rhythm')) },
  ]
}

function ofAddress(party: Party, nowMs: number): Counted[] {
  const buyers = leftOf(party.buyers, nowMs)
  const others = leftOf(party.others, nowMs)
  const cycles = leftOf(party.cycling, nowMs)
  return [
    { reason: 'accounts', figure: others, points: ACCOUNT_POINTS * (others - ACCOUNTS_FREE - MADE_GOOD * buyers) },
    { reason: 'cycling', figure: cycles, points: CYCLE_POINTS.address * (cycles - buyers) },
  ]
}

/**
 * What all of it comes to: 0 to 100.
 *
 * @param strictness what points are multiplied by
 */
export const scoreOf = (party: Party, nowMs: number, strictness: number): number =>
  Math.round(Math.min(SCORE_MAX, Math.max(0, sumOf(party, nowMs, strictness) - leftOf(party.forgiven, nowMs))))

const sumOf = (party: Party, nowMs: number, strictness: number): number =>
  countedOf(party, nowMs).reduce((sum, { points }) => sum + Math.max(0, points), 0) * strictness

/** A proof takes off what brings the score to `PROVED_AT`. That fades as the reasons do. */
export function forgive(party: Party, nowMs: number, strictness: number): void {
  party.forgiven.value = Math.max(0, sumOf(party, nowMs, strictness) - PROVED_AT)
  party.forgiven.atMs = nowMs
}

/** A first pause of 5 s, and twice as long for each further ten points: 20 s when proof is asked for, 5 minutes at the end. */
const PAUSE_MS = 5_000
const DOUBLED_EACH = 10

/** Between two holds of who is slowed. */
export const pauseMs = (score: number): number => PAUSE_MS * 2 ** ((score - SLOW_AT) / DOUBLED_EACH)

/** Until a score has faded so far that they are asked for proof no more: 0 where they are not. */
export const fadesInMs = (score: number): number =>
  score < PROVE_AT ? 0 : HALF_LIFE_MS * Math.log2((score + 1) / PROVE_AT)
