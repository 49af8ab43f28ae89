import type pg from 'pg'
import type { JWTVerifyGetKey } from 'jose'
import { createSeal } from '../platform/seal.ts'
import { local, nobody, type Caller } from './caller.ts'
import { createGuests, type Guests } from './guests.ts'
import { callerOfKey } from './keys.ts'
import { createRecent } from '../platform/recent.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { followRevocations } from './revocations.ts'
import { hashOf, installedSecret } from './secrets.ts'
import { readSession, tokenOfCookie, type Session } from './sessions.ts'
import { freshSessions } from './fresh-session.ts'
import type { Freshened } from './page-sign-in.ts'
import { callerOfToken, isNotBelieved, TOKEN_CHARS_MAX } from './tokens.ts'

// The module's door: who asks, what they may do, and what they did.
export { appendOnlyOfAccess, readAudit, record } from './audit.ts'
export type { AuditRecord, Deed, Whence } from './audit.ts'
export { nobody, roles, rolesOf, staffRoles } from './caller.ts'
export type { Caller, Role } from './caller.ts'
export { listKeys, makeKey, revokeKey } from './keys.ts'
export type { ApiKey, NewKey } from './keys.ts'
export { openAccounts } from './accounts.ts'
export type { Accounts } from './accounts.ts'
export { endGrantsOf } from './issuer/adapter.ts'
export { listClients, makeClient, removeClient } from './issuer/clients.ts'
export type { Client, NewClient } from './issuer/clients.ts'
export { ISSUER_PATH, issuerOf } from './issuer/issuer.ts'
export type { EmbeddedIssuer } from './issuer/issuer.ts'
export { makeToken } from './issuer/made-token.ts'
export type { IssuerPage, IssuerPages } from './issuer/provider.ts'
export type { SignInAsked, SignIns } from './issuer/sign-ins.ts'
export { rotateSigningKeys } from './issuer/signing-keys.ts'
export { SIGNING_IN_S } from './page-sign-in.ts'
export type { PageSignIn } from './page-sign-in.ts'
export type { Guests } from './guests.ts'
export type { Recorder } from './recorder.ts'
export { returnPath } from './return-path.ts'
export { newPassword, PASSWORD_CHARS, passwordProblem } from './passwords.ts'
export type { NewPassword } from './passwords.ts'
export { revoke } from './revocations.ts'
export { installedSecret } from './secrets.ts'
export { beginSession, endSession, readSession, sessionCookie, tokenOfCookie } from './sessions.ts'
export type { Session, SignedIn } from './sessions.ts'
export { grantOf, policyTable } from './table.ts'
export type { Grant } from './table.ts'
export { makeTicket, TICKET_S, useTicket } from './tickets.ts'
export {
  changeUser,
  eraseUser,
  findUser,
  hasUserOf,
  isPasswordOf,
  listUsers,
  lockUsers,
  makeUser,
  readUser,
  setPassword,
  signIn,
} from './users.ts'
export type { NewUser, User, UserChange } from './users.ts'

/** Names of the cookies. The prefix makes browsers refuse one that is not for this host alone, whole and over TLS (RFC 6265bis, 4.1.3.2). */
export const cookieNames = { session: '__Host-cellarhand-session', guest: '__Host-cellarhand-guest' } as const

/** What somebody shows of themselves. The first that is there counts, in this order. */
export interface Credentials {
  readonly authorization?: string | undefined
  readonly apiKey?: string | undefined
  readonly sessionCookie?: string | undefined
  readonly guestCookie?: string | undefined
}

/** Who shows credentials; or why they are not taken, in a sentence. */
export type Shown = Caller | { readonly refused: string }

export const isRefused = (shown: Shown): shown is { readonly refused: string } => 'refused' in shown

/** Tells who asks. */
export interface Access {
  /** Answers at once where it has been seen lately. */
  callerOf(credentials: Credentials): Shown | Promise<Shown>
  /** Whether it takes no looking up to tell who shows these: they show none, or were seen lately. Who guesses is not known. */
  knows(credentials: Credentials): boolean
  /** Whether what a caller was given still counts: not ended, and not revoked. */
  isOver(caller: Caller): boolean
  /** Sessions of guests. */
  readonly guests: Guests
  readonly recorder: Recorder
  /** Whether there are accounts: where not, everybody may do everything. */
  readonly isOpen: boolean
  /** Resolves when what is revoked is followed no more. */
  readonly done: Promise<void>
  /** Writes what is to be put on record still. */
  close(): Promise<void>
}

/** Whose tokens are believed. */
export interface Issuer {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
}

export interface AccessDoor {
  readonly nowMs: () => number
  readonly newId: () => string
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
  /** undefined: no tokens are taken */
  readonly issuer: Issuer | undefined
  /** Asks the issuer of a session again, when its word has become old; without it, sessions are as they were begun. */
  readonly freshen?: ((session: Session) => Promise<Freshened>) | undefined
}

/** Credentials that are remembered with whose they are: some 10 MB at most. Each is looked at again after a minute, revoked or not. */
const REMEMBERED_MAX = 4_096
const REMEMBERED_MS = 60_000

interface Remembered {
  readonly caller: Caller
  readonly untilMs: number
}

/** Opens the module on the installation's database. */
export async function openAccess(pool: pg.Pool, door: AccessDoor): Promise<Access> {
  const seal = createSeal(await installedSecret(pool, 'guests'))
  const guests = createGuests(seal, door)
  const remembered = createRecent<Remembered>(REMEMBERED_MAX)
  const revocations = await followRevocations(pool, { ...door, onRevoked: () => remembered.clear() })
  const recorder = createRecorder(pool, door.onError)
  const isOver = (caller: Caller) =>
    (caller.expiresAtMs !== undefined && caller.expiresAtMs <= door.nowMs()) || revocations.isRevoked(caller)
  const { freshen } = door
  const sessionOf = freshen ? freshSessions(pool, { ...door, freshen }) : (token: string) => readSession(pool, token)
  const lookUp = { pool, door, guests, remembered, isOver, sessionOf }
  return {
    callerOf: (credentials) => callerOf(lookUp, credentials),
    knows: (credentials) => knows(lookUp, credentials),
    isOver,
    guests,
    recorder,
    isOpen: false,
    done: revocations.done,
    close: () => recorder.close(),
  }
}

/** Where accounts are switched off: everybody is the one on this machine. */
export function openToAll(): Access {
  const none = { caller: nobody, token: '' }
  return {
    callerOf: () => local,
    knows: () => true,
    isOver: () => false,
    guests: { begin: () => none, open: () => undefined },
    recorder: { refused: () => {}, close: async () => {} },
    isOpen: true,
    done: Promise.resolve(),
    close: async () => {},
  }
}

interface LookUp {
  readonly pool: pg.Pool
  readonly door: AccessDoor
  readonly guests: Guests
  readonly remembered: ReturnType<typeof createRecent<Remembered>>
  readonly isOver: (caller: Caller) => boolean
  readonly sessionOf: (token: string) => Promise<Session | undefined>
}

function callerOf(lookUp: LookUp, shown: Credentials): Shown | Promise<Shown> {
  const { authorization, apiKey, sessionCookie, guestCookie } = shown
  if (authorization !== undefined) return ofAuthorization(lookUp, authorization)
  if (apiKey !== undefined) return ofKey(lookUp, apiKey)
  if (sessionCookie !== undefined) return ofSession(lookUp, sessionCookie, guestCookie)
  return ofGuest(lookUp, guestCookie) ?? nobody
}

function knows({ remembered }: LookUp, { authorization, apiKey }: Credentials): boolean {
  const credential = authorization?.split(' ').at(-1) ?? apiKey
  return credential === undefined || remembered.get(nameOf(credential)) !== undefined
}

function ofAuthorization(lookUp: LookUp, header: string): Shown | Promise<Shown> {
  const [, scheme = '', token = ''] = /^(\S+) +(\S+)$/.exec(header) ?? []
  if (scheme.toLowerCase() !== 'bearer') return { refused: 'Send it as Authorization: Bearer TOKEN.' }
  if (token.length > TOKEN_CHARS_MAX) return { refused: 'The token is too long to be one.' }
  if (token.startsWith('ck_')) return ofKey(lookUp, token)
  if (token.startsWith(GUEST_PREFIX)) return ofGuest(lookUp, token.slice(GUEST_PREFIX.length)) ?? guestEnded
  return remember(lookUp, token, () => ofToken(lookUp, token))
}

/** In front of the sealed text of a guest, where it is sent as a token and not as a cookie. */
export const GUEST_PREFIX = 'guest.'
const guestEnded = { refused: 'The guest session has ended: begin another with POST /v1/session.' }
const withdrawn = { refused: 'What it stands for has ended or was withdrawn: sign in again.' }

function ofGuest({ guests, isOver }: LookUp, token: string | undefined): Caller | undefined {
  const caller = token === undefined ? undefined : guests.open(token)
  return caller && !isOver(caller) ? caller : undefined
}

function ofKey(lookUp: LookUp, key: string): Shown | Promise<Shown> {
  const { pool, door } = lookUp
  return remember(lookUp, key, async () => {
    const caller = await callerOfKey(pool, key, door.nowMs())
    return caller ?? { refused: 'The key is none of ours, has ended, or was revoked.' }
  })
}

async function ofToken({ door }: LookUp, token: string): Promise<Shown> {
  if (!door.issuer) return { refused: 'Tokens are not taken here.' }
  const caller = await callerOfToken(token, { ...door.issuer, nowMs: door.nowMs })
  return isNotBelieved(caller) ? { refused: `The token is not accepted: ${caller.reason}.` } : caller
}

/** A cookie that counts no more is no mistake of who sends it: they are a guest again. */
async function ofSession(lookUp: LookUp, cookie: string, guestCookie: string | undefined): Promise<Shown> {
  const token = tokenOfCookie(cookie)
  const shown = await remember(lookUp, cookie, async () => {
    const session = token === undefined ? undefined : await lookUp.sessionOf(token)
    return session?.caller ?? withdrawn
  })
  return isRefused(shown) ? (ofGuest(lookUp, guestCookie) ?? nobody) : shown
}

/** What is remembered is no list of credentials. */
const nameOf = (credential: string): string => hashOf(credential).toString('base64')

/** Looks it up, or takes what was found lately. */
function remember(lookUp: LookUp, credential: string, find: () => Promise<Shown>): Shown | Promise<Shown> {
  const { remembered, door, isOver } = lookUp
  const name = nameOf(credential)
  const known = remembered.get(name)
  if (known && known.untilMs > door.nowMs()) return isOver(known.caller) ? withdrawn : known.caller
  return find().then((shown) => {
    if (isRefused(shown)) return shown
    if (isOver(shown)) return withdrawn
    remembered.set(name, { caller: shown, untilMs: door.nowMs() + REMEMBERED_MS })
    return shown
  })
}
