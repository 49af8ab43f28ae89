/** What somebody may be. `guest` is everybody; the others are given, and stand as words in the scope of a token. */
export const roles = ['guest', 'customer', 'shop', 'cellar', 'buyer', 'admin', 'machine'] as const
export type Role = (typeof roles)[number]

/** Roles of people who work here. */
export const staffRoles: readonly Role[] = ['shop', 'cellar', 'buyer', 'admin']

/** How somebody showed who they are. */
export type Via = 'open' | 'none' | 'guest' | 'session' | 'token' | 'key' | 'ticket'

/** Who asks, as far as was shown. */
export interface Caller {
  /** Names them in the journal, in the audit and as the scope of idempotency keys: `user:ID`, `key:ID`, `client:ID`, `guest:ID`, `local`, `nobody` */
  readonly subject: string
  /** for people to read, such as in the journal; 64 printable ASCII characters at most */
  readonly name: string
  readonly roles: ReadonlySet<Role>
  /** locations that they may do things at; undefined: all */
  readonly locations: ReadonlySet<string> | undefined
  /** references of customers whose holds and orders are theirs; their own is the first */
  readonly customers: readonly string[]
  readonly via: Via
  /** ms since 1970; undefined: it does not end by itself */
  readonly expiresAtMs: number | undefined
  /** what is revoked with it beside the subject: `session:HASH`, `grant:ID` */
  readonly revokedWith: readonly string[]
  /** ms since 1970; what was revoked at or after that counts against it */
  readonly issuedAtMs: number
  /** when they last showed the issuer who they are, with a password or what it takes for one, ms since 1970; undefined: nobody has said */
  readonly authenticatedAtMs?: number | undefined
}

const everybody: ReadonlySet<Role> = new Set(['guest'])

/** Somebody who has shown nothing: may look around, and owns nothing. */
export const nobody: Caller = Object.freeze({
  subject: 'nobody',
  name: 'nobody',
  roles: everybody,
  locations: undefined,
  customers: [],
  via: 'none',
  expiresAtMs: undefined,
  revokedWith: [],
  issuedAtMs: 0,
})

/** Everybody, where accounts are switched off. */
export const local: Caller = Object.freeze({
  ...nobody,
  subject: 'local',
  name: 'local',
  roles: new Set<Role>(['admin', 'machine']),
  via: 'open',
})

/** Roles as a token or a row names them; unknown words are none of ours. What is nobody's is a guest's. */
export function rolesOf(words: readonly unknown[]): ReadonlySet<Role> {
  const known = new Set<Role>(everybody)
  for (const word of words) {
    const role = roles.find((one) => one === word)
    if (role) known.add(role)
  }
  return known
}

/** A name as headers and the journal carry it. */
export function plainName(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 64)
  return plain === '' ? 'unnamed' : plain
}
