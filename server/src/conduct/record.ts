import { add, nothing, type Fading } from './fading.ts'
import { isAddress, type Sign } from './sign.ts'

/** SKUs whose last lapse is remembered of one party: a bot that circles over more of them takes little of each. */
const SKUS_MAX = 16
/** Accounts that are told apart behind one address: far above where it is asked for proof. */
const ACCOUNTS_MAX = 256
/** Held again within this time of the last hold's end, it is the same claim that goes on. */
const AGAIN_MS = 15 * 60_000
/** Of less than a quarter of what there is, nobody keeps others away. */
const SHARE_MIN = 0.25
/** Who gives back what they do not want does better than who lets it lapse. */
const RELEASED_COUNTS = 0.5

/** What the score is made of. */
export type ReasonKind = 'unbought' | 'cycling' | 'accounts' | 'reflex' | 'rhythm'

/** What one account did behind an address, lately: who has bought something is a buyer. */
interface Account {
  readonly bought: boolean
  readonly atMs: number
}

/** What is known of somebody, or of an address. */
export interface Party {
  readonly name: string
  network: string | undefined
  readonly unbought: Fading
  readonly bought: Fading
  /** shares of SKUs that were held again */
  readonly cycling: Fading
  readonly reflex: Fading
  readonly rhythm: Fading
  readonly proofs: Fading
  /** points that a proof has taken off */
  readonly forgiven: Fading
  /** when each reason was last added to */
  readonly lastAtMs: Map<ReasonKind, number>
  readonly lapsedAtMs: Map<string, number>
  readonly accounts: Map<string, Account>
  /** how many of them are buyers, and how many are not: kept as sums, since an address may have hundreds and is asked for with each hold */
  readonly buyers: Fading
  readonly others: Fading
  clearedAtMs: number
  blockedUntilMs: number
  /** when who proved themselves last had signed in */
  provedAtMs: number
}

export function newParty(name: string): Party {
  return {
    name,
    network: undefined,
    unbought: nothing(),
    bought: nothing(),
    cycling: nothing(),
    reflex: nothing(),
    rhythm: nothing(),
    proofs: nothing(),
    forgiven: nothing(),
    lastAtMs: new Map(),
    lapsedAtMs: new Map(),
    accounts: new Map(),
    buyers: nothing(),
    others: nothing(),
    clearedAtMs: 0,
    blockedUntilMs: 0,
    provedAtMs: 0,
  }
}

/** Takes over how a hold ended, or a pace that no hand has. */
export function noteAct(party: Party, sign: Sign): void {
  const { kind, atMs } = sign
  if (kind === 'reflex' || kind === 'rhythm') return count(party, kind, 1, atMs)
  party.network ??= sign.network
  if (isAddress(party.name) && sign.subject !== undefined) noteAccount(party, sign.subject, sign)
  if (kind === 'bought') return add(party.bought, 1, atMs)
  const weight = kind === 'released' ? RELEASED_COUNTS : 1
  count(party, 'unbought', weight, atMs)
  noteCycle(party, sign, weight)
}

function count(party: Party, kind: Exclude<ReasonKind, 'accounts'>, amount: number, atMs: number): void {
  add(party[kind], amount, atMs)
  seen(party, kind, atMs)
}

function seen({ lastAtMs }: Party, kind: ReasonKind, atMs: number): void {
  lastAtMs.set(kind, Math.max(atMs, lastAtMs.get(kind) ?? 0))
}

/** Holding much of something again, right after one has let it lapse. */
function noteCycle(party: Party, { sku, share = 0, beganAtMs = 0, atMs }: Sign, weight: number): void {
  if (sku === undefined || share < SHARE_MIN) return
  const { lapsedAtMs } = party
  const before = lapsedAtMs.get(sku)
  if (before !== undefined && beganAtMs - before < AGAIN_MS) count(party, 'cycling', share * weight, atMs)
  lapsedAtMs.delete(sku)
  lapsedAtMs.set(sku, Math.max(atMs, before ?? 0))
  dropBeyond(lapsedAtMs, SKUS_MAX)
}

function noteAccount(party: Party, subject: string, { kind, atMs }: Sign): void {
  const { accounts } = party
  const known = accounts.get(subject)
  if (known) add(known.bought ? party.buyers : party.others, -1, known.atMs)
  const now = { bought: kind === 'bought' || known?.bought === true, atMs: Math.max(atMs, known?.atMs ?? 0) }
  add(now.bought ? party.buyers : party.others, 1, now.atMs)
  accounts.delete(subject)
  accounts.set(subject, now)
  dropBeyond(accounts, ACCOUNTS_MAX)
  if (kind !== 'bought') seen(party, 'accounts', atMs)
}

/** Keeps what was added last. */
export function dropBeyond<T>(kept: Map<string, T>, most: number): void {
  for (const oldest of kept.size > most ? kept.keys() : []) {
    kept.delete(oldest)
    return
  }
}
