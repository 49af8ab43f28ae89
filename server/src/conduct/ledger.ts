import { leftOf, add } from './fading.ts'
import { dropBeyond, newParty, noteAct, type Party } from './record.ts'
import { fadesInMs, forgive, pauseMs, PROVE_AT, reasonsOf, scoreOf, SLOW_AT, type Reason } from './score.ts'
import type { Sign } from './sign.ts'

/** People and addresses that are remembered; the least lately heard of are forgotten. Some 20 MB at most. */
const PARTIES_MAX = 20_000
/** Whoever has shown within this time that they know their password need not show it again. */
export const PROOF_MS = 15 * 60_000
/** Proofs that are taken within about an hour: whoever goes on as before after two of them waits. */
const PROOFS_MAX = 2
/** Nobody is told to come back sooner. */
const WAIT_MIN_S = 1

export type Verdict = 'fine' | 'slow' | 'prove' | 'stop' | 'blocked'

/** Who asks to hold something. */
export interface Asker {
  readonly subject: string
  /** they, and the guest that they were */
  readonly parties: readonly string[]
  /** the address they come from, as a party; undefined: none that says anything of them */
  readonly address: string | undefined
  /** when they last signed in with a password, ms since 1970; undefined: never, or nobody said so */
  readonly authenticatedAtMs: number | undefined
}

/** Why somebody may not hold now. */
export interface HeldBack {
  readonly verdict: Exclude<Verdict, 'fine'>
  readonly party: string
  /** undefined: waiting is not what it takes */
  readonly retryAfterS?: number | undefined
}

/** Somebody who is suspected. */
export interface Suspicion {
  readonly party: string
  readonly network: string | undefined
  readonly score: number
  readonly verdict: Verdict
  readonly reasons: readonly Reason[]
  /** ms since 1970; undefined: not blocked */
  readonly blockedUntilMs: number | undefined
}

/** What is known of everybody's conduct. Pure: it knows what it is told, and the time. */
export interface Ledger {
  note(sign: Sign): void
  /** Whether they may go on. What they have proved by asking is a sign to be told to others. */
  meet(asker: Asker): { readonly heldBack?: HeldBack; readonly sign?: Sign }
  look(party: string): Suspicion
  /** Those who are not `fine`, the worst first. */
  suspicions(): readonly Suspicion[]
}

interface Kept {
  readonly nowMs: () => number
  readonly strictness: number
  readonly parties: Map<string, Party>
  /** when somebody was last let through; they are slowed from then on */
  readonly letThrough: Map<string, number>
}

/**
 * @param door.nowMs ms since 1970
 * @param door.strictness what points are multiplied by: 1 as a rule
 */
export function createLedger(door: { readonly nowMs: () => number; readonly strictness: number }): Ledger {
  const kept: Kept = { ...door, parties: new Map(), letThrough: new Map() }
  return {
    note: (sign) => note(kept, sign),
    meet: (asker) => meet(kept, asker),
    look: (party) => suspicionOf(kept, kept.parties.get(party) ?? newParty(party)),
    suspicions: () =>
      [...kept.parties.values()]
        .filter((party) => verdictOf(kept, party) !== 'fine')
        .map((party) => suspicionOf(kept, party))
        .toSorted((one, other) => other.score - one.score || (one.party < other.party ? -1 : 1)),
  }
}

function touch({ parties }: Kept, name: string): Party {
  const known = parties.get(name) ?? newParty(name)
  parties.delete(name)
  parties.set(name, known)
  dropBeyond(parties, PARTIES_MAX)
  return known
}

function note(kept: Kept, sign: Sign): void {
  const party = touch(kept, sign.party)
  switch (sign.kind) {
    case 'cleared':
      if (sign.atMs <= party.clearedAtMs) return
      kept.parties.set(sign.party, { ...newParty(sign.party), network: party.network, clearedAtMs: sign.atMs })
      return
    case 'blocked':
      if (sign.atMs > party.clearedAtMs) party.blockedUntilMs = Math.max(party.blockedUntilMs, sign.untilMs ?? 0)
      return
    case 'proved':
      return noteProof(kept, party, sign)
    default:
      // What staff have looked at and cleared does not come back with a restart.
      if (sign.atMs > party.clearedAtMs) noteAct(party, sign)
  }
}

function noteProof({ strictness }: Kept, party: Party, { atMs, beganAtMs = 0 }: Sign): void {
  if (atMs <= party.clearedAtMs || beganAtMs <= party.provedAtMs) return
  party.provedAtMs = beganAtMs
  add(party.proofs, 1, atMs)
  forgive(party, atMs, strictness)
}

const score = ({ nowMs, strictness }: Kept, party: Party): number => scoreOf(party, nowMs(), strictness)

function verdictOf(kept: Kept, party: Party): Verdict {
  const nowMs = kept.nowMs()
  if (party.blockedUntilMs > nowMs) return 'blocked'
  const points = score(kept, party)
  if (points < SLOW_AT) return 'fine'
  if (points < PROVE_AT) return 'slow'
  // Half of one has faded after an hour: so many and a half are that many lately.
  return leftOf(party.proofs, nowMs) > PROOFS_MAX - 0.5 ? 'stop' : 'prove'
}

function suspicionOf(kept: Kept, party: Party): Suspicion {
  const nowMs = kept.nowMs()
  return {
    party: party.name,
    network: party.network,
    score: score(kept, party),
    verdict: verdictOf(kept, party),
    reasons: reasonsOf(party, nowMs),
    blockedUntilMs: party.blockedUntilMs > nowMs ? party.blockedUntilMs : undefined,
  }
}

const severity: Readonly<Record<Verdict, number>> = { fine: 0, slow: 1, prove: 2, stop: 3, blocked: 4 }

/** The one of some parties that is suspected most. */
function worst(kept: Kept, names: readonly string[]): { readonly party: Party; readonly verdict: Verdict } | undefined {
  return names
    .flatMap((name) => kept.parties.get(name) ?? [])
    .map((party) => ({ party, verdict: verdictOf(kept, party) }))
    .toSorted((one, other) => severity[other.verdict] - severity[one.verdict])[0]
}

function meet(kept: Kept, asker: Asker): ReturnType<Ledger['meet']> {
  const own = worst(kept, asker.parties)
  const sign = own?.verdict === 'prove' ? proofOf(kept, own.party, asker) : undefined
  if (own && own.verdict !== 'fine' && !sign) return answer(kept, own)
  if (sign) {
    note(kept, sign)
    // They have just done what they were asked to: they wait with the next.
    pauseFrom(kept, sign.party)
    return { sign }
  }
  const from = worst(kept, asker.address === undefined ? [] : [asker.address])
  if (!from || from.verdict === 'fine') return {}
  // Others behind an address are not to suffer for it who buy what they hold.
  if (from.verdict !== 'blocked' && hasBought(kept, asker)) return {}
  if (from.verdict === 'slow' || from.verdict === 'blocked') return answer(kept, from)
  // An address proves nothing; who comes from it does.
  if (isFresh(kept, asker)) return letThrough(kept, asker.subject)
  return answer(kept, { ...from, verdict: 'prove' })
}

/** Only what they have not shown before: one sign-in is not for every bottle. */
function proofOf(kept: Kept, party: Party, asker: Asker): Sign | undefined {
  const { authenticatedAtMs = 0 } = asker
  if (!isFresh(kept, asker) || authenticatedAtMs <= party.provedAtMs) return undefined
  return { party: party.name, kind: 'proved', atMs: kept.nowMs(), beganAtMs: authenticatedAtMs }
}

const isFresh = ({ nowMs }: Kept, { authenticatedAtMs = 0 }: Asker): boolean => authenticatedAtMs > nowMs() - PROOF_MS

function hasBought({ parties, nowMs }: Kept, asker: Asker): boolean {
  return asker.parties.some((name) => {
    const party = parties.get(name)
    return party !== undefined && leftOf(party.bought, nowMs()) >= 0.5
  })
}

function answer(
  kept: Kept,
  { party, verdict }: { readonly party: Party; readonly verdict: Verdict },
): ReturnType<Ledger['meet']> {
  switch (verdict) {
    case 'fine':
      return {}
    case 'slow':
      return letThrough(kept, party.name)
    case 'stop': {
      const retryAfterS = Math.max(WAIT_MIN_S, Math.ceil(fadesInMs(score(kept, party)) / 1_000))
      return { heldBack: { verdict, party: party.name, retryAfterS } }
    }
    case 'prove':
    case 'blocked':
      return { heldBack: { verdict, party: party.name } }
  }
}

/** Lets one through, and the next after a pause. Nobody is kept waiting on a line: who comes too soon is told when to come. */
function letThrough(kept: Kept, name: string): ReturnType<Ledger['meet']> {
  const party = kept.parties.get(name)
  const nowMs = kept.nowMs()
  const nextMs = (kept.letThrough.get(name) ?? 0) + pauseMs(Math.max(SLOW_AT, party ? score(kept, party) : 0))
  if (nextMs > nowMs) {
    const retryAfterS = Math.max(WAIT_MIN_S, Math.ceil((nextMs - nowMs) / 1_000))
    return { heldBack: { verdict: 'slow', party: name, retryAfterS } }
  }
  pauseFrom(kept, name)
  return {}
}

function pauseFrom({ letThrough: through, nowMs }: Kept, name: string): void {
  through.delete(name)
  through.set(name, nowMs())
  dropBeyond(through, PARTIES_MAX)
}
