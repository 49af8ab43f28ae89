import type pg from 'pg'
import type { Caller } from './caller.ts'

/** Tables that are only ever added to: who did what. */
export const appendOnlyOfAccess = ['access.audit'] as const

/** From where somebody asks. */
export interface Whence {
  /** the address of the client, as the trusted hops tell it */
  readonly address: string
  /** its User-Agent */
  readonly agent?: string | undefined
}

/** What somebody did, or was refused. */
export interface Deed {
  readonly operation: string
  /** what it was about, such as `user:ID` */
  readonly target?: string | undefined
  /** `done`, or the name of the problem */
  readonly outcome: string
  /** what more there is to know; never a secret, and never what a customer has said of themselves */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** What is on record of a deed. */
export interface AuditRecord extends Required<Pick<Deed, 'operation' | 'outcome'>> {
  readonly id: number
  readonly at: string
  readonly subject: string
  readonly via: string
  readonly target?: string
  readonly network?: string
  readonly agent?: string
  readonly detail?: Readonly<Record<string, unknown>>
}

const AGENT_CHARS_MAX = 200

/** A deed, who did it, and from where. */
export interface Done {
  readonly caller: Pick<Caller, 'subject' | 'via'> | { readonly subject: string; readonly via: 'command' }
  readonly deed: Deed
  readonly whence?: Whence | undefined
}

/** Puts a deed on record, within the transaction of what it says where that has one. */
export function record(
  client: pg.Pool | pg.ClientBase,
  caller: Done['caller'],
  deed: Deed,
  whence?: Whence,
): Promise<void> {
  return recordAll(client, [{ caller, deed, whence }])
}

/** Puts deeds on record, in their order and in one statement. */
export async function recordAll(client: pg.Pool | pg.ClientBase, all: readonly Done[]): Promise<void> {
  if (all.length === 0) return
  await client.query(
    `insert into access.audit (subject, via, operation, target, outcome, network, agent, detail)
     select subject, via, operation, target, outcome, network, agent, detail
       from rows from (jsonb_to_recordset($1::jsonb) as (subject text, via text, operation text, target text, outcome text,
         network text, agent text, detail jsonb)) with ordinality as r(subject, via, operation, target, outcome, network, agent, detail, place)
      order by place`,
    [JSON.stringify(all.map(rowOf))],
  )
}

function rowOf({ caller, deed, whence }: Done): object {
  return {
    subject: caller.subject,
    via: caller.via,
    operation: deed.operation,
    target: deed.target,
    outcome: deed.outcome,
    network: whence && networkOf(whence.address),
    // Without what would move a terminal's cursor or break a line.
    agent: whence?.agent?.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, AGENT_CHARS_MAX),
    detail: deed.detail ?? {},
  }
}

/** The part of an address that is kept: 24 bits of four bytes, 48 of sixteen. It tells networks apart, and households not. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d)/, '')
  if (!plain.includes(':')) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  const [head = ''] = plain.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  return `${[...groups, '0', '0', '0'].slice(0, 3).join(':')}::/48`
}

/** What is on record, the newest first. */
export async function readAudit(
  pool: pg.Pool,
  { subject, target, before, limit }: { subject?: string; target?: string; before?: number; limit: number },
): Promise<{ readonly items: readonly AuditRecord[]; readonly next?: number }> {
  const { rows } = await pool.query<AuditRow>(
    `select id, at, subject, via, operation, target, outcome, network, agent, detail from access.audit
      where ($1::text is null or subject = $1) and ($2::text is null or target = $2) and ($3::bigint is null or id < $3)
      order by id desc limit $4`,
    [subject ?? null, target ?? null, before ?? null, limit + 1],
  )
  const items = rows.slice(0, limit).map(recordOf)
  const last = items.at(-1)
  return { items, ...(rows.length > limit && last ? { next: last.id } : {}) }
}

interface AuditRow {
  readonly id: number
  readonly at: Date
  readonly subject: string
  readonly via: string
  readonly operation: string
  readonly target: string | null
  readonly outcome: string
  readonly network: string | null
  readonly agent: string | null
  readonly detail: Readonly<Record<string, unknown>>
}

function recordOf({ at, target, network, agent, detail, ...row }: AuditRow): AuditRecord {
  return {
    ...row,
    at: at.toISOString(),
    ...(target === null ? {} : { target }),
    ...(network === null ? {} : { network }),
    ...(agent === null ? {} : { agent }),
    ...(Object.keys(detail).length === 0 ? {} : { detail }),
  }
}
