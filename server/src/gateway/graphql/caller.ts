/** What a caller is to the business. */
export type Role = 'guest' | 'customer' | 'shop' | 'cellar' | 'buyer' | 'admin' | 'machine'

/** Who asks. */
export interface Caller {
  /** Scope of idempotency keys. */
  readonly subject: string
  readonly roles: ReadonlySet<Role>
  /** Where they may act; undefined: everywhere. */
  readonly locations: ReadonlySet<string> | undefined
  /** References of customers whose holds and orders are theirs. */
  readonly customers: readonly string[]
  readonly expiresAtMs: number | undefined
}

/** Until there are accounts everything comes from this machine. */
const local: Caller = {
  subject: 'local',
  roles: new Set<Role>(['admin']),
  locations: undefined,
  customers: [],
  expiresAtMs: undefined,
}

/** Who sent a request. */
export function callerOf(_request: object): Caller {
  return local
}
