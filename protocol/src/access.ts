import { Type, type Static } from 'typebox'
import { Instant, LocationId, Uuid, words } from './primitives.ts'

const strict = { additionalProperties: false }
const text = (maxLength: number, description: string) => Type.String({ minLength: 1, maxLength, description })

/** A company has some dozen places; a limit to more of them is none. */
const LOCATIONS_MAX = 100

/** What people who have an account may be. */
export const UserRole = Type.Enum(['customer', 'shop', 'cellar', 'buyer', 'admin'])
export type UserRole = 'customer' | 'shop' | 'cellar' | 'buyer' | 'admin'
/** What the holder of a key may be. */
export const KeyRole = Type.Enum(['shop', 'cellar', 'buyer', 'admin', 'machine'])
export type KeyRole = 'shop' | 'cellar' | 'buyer' | 'admin' | 'machine'
const Role = Type.Enum(['guest', 'customer', 'shop', 'cellar', 'buyer', 'admin', 'machine'])

const rolesOf = <T extends Parameters<typeof Type.Array>[0]>(role: T) =>
  Type.Array(role, {
    minItems: 1,
    maxItems: 6,
    uniqueItems: true,
    description: 'what they may be: what may be done as each says docs/accounts.md',
  })
const locations = Type.Array(LocationId, {
  minItems: 1,
  maxItems: LOCATIONS_MAX,
  uniqueItems: true,
  description: 'the only ones at which they may do things; without it, at all',
})

/** Who asks, as the server sees them. */
export const Session = Type.Object({
  subject: Type.String({ description: 'names them in the journal and in the audit, such as `user:ID`' }),
  name: Type.String({ description: 'for people' }),
  kind: Type.Enum(['nobody', 'guest', 'user', 'machine', 'local'], { description: 'what they are' }),
  roles: Type.Array(Role, { description: 'what they may be' }),
  locations: Type.Optional(Type.Array(LocationId, { description: 'the only ones at which they may do things' })),
  customer: Type.Optional(Type.String({ description: 'the `customer` of their holds and orders' })),
  expiresAt: Type.Optional(Instant),
})
export type Session = Static<typeof Session>

export const SessionRequest = Type.Object(
  {
    as: Type.Optional(
      Type.Enum(['cookie', 'token'], {
        description: '`cookie`, for browsers, as without it; `token` for programs that keep none: the answer has it',
      }),
    ),
  },
  strict,
)
export type SessionRequest = Static<typeof SessionRequest>

/** A session that has begun. */
export const StartedSession = Type.Object({
  ...Session.properties,
  token: Type.Optional(Type.String({ description: 'to send as `Authorization: Bearer`; for whoever asked for it' })),
})

export const Ticket = Type.Object({
  ticket: Type.String({ description: 'to open one connection with, as `?ticket=`' }),
  expiresInSeconds: Type.Integer({ description: 'after that it is none' }),
})

const name = words(120, 'for people')
const Email = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\s@<>"]+@[^\\s@<>"]+$',
  description: 'what they sign in with',
})

export const UserRequest = Type.Object(
  { email: Email, name, roles: rolesOf(UserRole), locations: Type.Optional(locations) },
  strict,
)
export type UserRequest = Static<typeof UserRequest>

export const UserChangeRequest = Type.Object(
  {
    name: Type.Optional(name),
    roles: Type.Optional(rolesOf(UserRole)),
    locations: Type.Optional(Type.Union([locations, Type.Null()], { description: '`null` takes the limit off' })),
    disabled: Type.Optional(Type.Boolean({ description: 'signs them out everywhere, within seconds' })),
    resetPassword: Type.Optional(
      Type.Literal(true, { description: 'gives them another password, to be used once; the answer has it' }),
    ),
  },
  { ...strict, minProperties: 1 },
)
export type UserChangeRequest = Static<typeof UserChangeRequest>

export const User = Type.Object({
  id: Uuid,
  email: Type.Optional(Email),
  name: Type.String({ description: 'for people' }),
  roles: Type.Array(UserRole, { description: 'what they may be' }),
  locations: Type.Optional(Type.Array(LocationId, { description: 'the only ones at which they may do things' })),
  passwordOnce: Type.Boolean({ description: 'that the password is to be changed at the next sign-in' }),
  madeAt: Instant,
  disabledAt: Type.Optional(Instant),
})

/** What is shown once. */
export const MadeUser = Type.Object({
  ...User.properties,
  oncePassword: Type.Optional(Type.String({ description: 'shown here and never again; to be used once' })),
})

export const PasswordRequest = Type.Object(
  {
    current: text(200, 'the password that it was'),
    password: Type.String({ minLength: 12, maxLength: 200, description: 'the new one' }),
  },
  strict,
)
export type PasswordRequest = Static<typeof PasswordRequest>

export const KeyRequest = Type.Object(
  {
    name: words(120, 'whose it is, such as a till'),
    roles: rolesOf(KeyRole),
    locations: Type.Optional(locations),
    expiresAt: Type.Optional(Instant),
  },
  strict,
)
export type KeyRequest = Static<typeof KeyRequest>

export const Key = Type.Object({
  id: Type.String({ description: 'what it is revoked by' }),
  name: Type.String({ description: 'whose it is' }),
  roles: Type.Array(KeyRole, { description: 'what its holder may be' }),
  locations: Type.Optional(Type.Array(LocationId, { description: 'the only ones at which they may do things' })),
  madeBy: Type.String({ description: 'who made it' }),
  madeAt: Instant,
  expiresAt: Type.Optional(Instant),
  revokedAt: Type.Optional(Instant),
})

export const MadeKey = Type.Object({
  ...Key.properties,
  key: Type.String({ description: 'the key, shown here and never again: to send as `X-API-Key`' }),
})

/** Somebody's deed, as it is on record. */
export const AuditRecord = Type.Object({
  id: Type.Integer({ description: 'rises' }),
  at: Instant,
  subject: Type.String({ description: 'who' }),
  via: Type.String({ description: 'how they showed it' }),
  operation: Type.String({ description: 'what they did, or wanted to' }),
  target: Type.Optional(Type.String({ description: 'what it was about, such as `user:ID`' })),
  outcome: Type.String({ description: '`done`, or the name of the problem' }),
  network: Type.Optional(Type.String({ description: 'the network it came from' })),
  agent: Type.Optional(Type.String({ description: 'the program that sent it, as it says' })),
  detail: Type.Optional(Type.Object({}, { description: 'what more there is to know' })),
})

/** What is on record of a customer. */
export const CustomerData = Type.Object({
  customer: Type.String({ description: 'what their holds and orders name them by' }),
  account: Type.Optional({ ...User, description: 'their account, where it is kept here' }),
  holds: Type.Array(Type.Object({}), { description: 'their holds, the newest first, in short' }),
  orders: Type.Array(Type.Object({}), { description: 'their orders, the newest first, whole' }),
})
