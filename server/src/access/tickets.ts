import type pg from 'pg'
import { rolesOf, type Caller, type Via } from './caller.ts'
import { hashOf, newSecret } from './secrets.ts'

/** From the asking to the upgrade: a client that is slower asks again. */
export const TICKET_S = 30

interface TicketCaller {
  readonly subject: string
  readonly name: string
  readonly roles: readonly string[]
  readonly locations: readonly string[] | null
  readonly customers: readonly string[]
  readonly expiresAtMs: number | null
  readonly revokedWith: readonly string[]
  readonly issuedAtMs: number
}

/** A pass for one connection to the feed, which may stand in an address: it counts once, and for half a minute. */
export async function makeTicket(pool: pg.Pool, caller: Caller): Promise<string> {
  const ticket = newSecret()
  const { subject, name, customers, revokedWith, issuedAtMs } = caller
  const kept: TicketCaller = {
    subject,
    name,
    customers,
    revokedWith,
    issuedAtMs,
    roles: [...caller.roles],
    locations: caller.locations ? [...caller.locations] : null,
    expiresAtMs: caller.expiresAtMs ?? null,
  }
  await pool.query('delete from access.tickets where ends_at < clock_timestamp()')
  await pool.query(
    'insert into access.tickets (hash, caller, ends_at) values ($1, $2, clock_timestamp() + make_interval(secs => $3))',
    [hashOf(ticket), JSON.stringify(kept), TICKET_S],
  )
  return ticket
}

/** Uses a ticket up: whose it was; undefined where it is none, was used, or is too old. */
export async function useTicket(pool: pg.Pool, ticket: string): Promise<Caller | undefined> {
  const { rows } = await pool.query<{ caller: TicketCaller; in_time: boolean }>(
    'delete from access.tickets where hash = $1 returning caller, ends_at > clock_timestamp() as in_time',
    [hashOf(ticket)],
  )
  const [row] = rows
  if (!row?.in_time) return undefined
  const via: Via = 'ticket'
  return Object.freeze({
    ...row.caller,
    roles: rolesOf(row.caller.roles),
    locations: row.caller.locations === null ? undefined : new Set(row.caller.locations),
    expiresAtMs: row.caller.expiresAtMs ?? undefined,
    via,
  })
}
