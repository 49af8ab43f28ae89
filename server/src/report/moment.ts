import type pg from 'pg'
import { formatPosition, parsePosition } from '../log/log.ts'
import { must } from '../platform/must.ts'
import { instant } from '../stock/stock.ts'
import { refused, type Refused } from './refused.ts'

/** Anything that runs a statement: a pool, or a connection. */
export type Database = Pick<pg.Pool, 'query'>

/** Which moment is meant. */
export type Moment =
  | { readonly kind: 'now' }
  /** microseconds since 1970; what was recorded at that very instant is in */
  | { readonly kind: 'at'; readonly atUs: number }
  | { readonly kind: 'position'; readonly position: string }

/** The books up to a position of the log. */
export interface Books {
  readonly kind: 'books'
  readonly position: number
}

/** The furthest a Date reaches, 275760 AD; its microseconds are still exact below 2^53. */
const FURTHEST_MS = 8_640_000_000_000

/**
 * RFC 3339 as microseconds since 1970; undefined for what is no time, such as a 30th of February. Before 1970 is 1970: nothing was recorded
 * then, and no more can be said of it.
 */
export function instantUs(text: string): number | undefined {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return undefined
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? []
  const within = ms < 0 || ms > FURTHEST_MS ? 0 : Number(fraction.slice(3, 6).padEnd(3, '0'))
  return Math.min(Math.max(Math.floor(ms), 0), FURTHEST_MS) * 1_000 + within
}

/** The log as it is now: its newest position, and the database's time. */
export interface Now {
  readonly head: number
  readonly nowUs: number
}

/** No moment later than the clock, or than the newest row where another machine's clock was ahead, has come. */
export async function readNow(database: Database): Promise<Now> {
  const { rows } = await database.query<Now>(
    `select l.head,
       greatest((extract(epoch from clock_timestamp()) * 1000000)::bigint, l.at_us) as "nowUs" from log.latest() l`,
  )
  return must(rows[0], 'the row of the log as it is')
}

/** The newest position of what had been recorded before a moment, the moment itself not included. */
export async function positionBefore(database: Database, beforeUs: number): Promise<number> {
  const { rows } = await database.query<{ position: number }>(
    `select log.position_before('epoch'::timestamptz + $1::bigint * interval '1 microsecond') as position`,
    [beforeUs],
  )
  return must(rows[0], 'a position before a moment').position
}

/** The sentence for a moment that has not come. */
export function notYet(atUs: number, { nowUs }: Now): Refused {
  return refused('not-yet', `${instant(atUs)} has not come yet: it is ${instant(nowUs)}.`)
}

/** The books as they stood at a moment, or why they cannot be told. */
export async function booksAt(database: Database, moment: Moment, epoch: string): Promise<Books | Refused> {
  const now = await readNow(database)
  if (moment.kind === 'now') return { kind: 'books', position: now.head }
  if (moment.kind === 'position') return booksAtPosition(moment.position, epoch, now)
  if (moment.atUs > now.nowUs) return notYet(moment.atUs, now)
  return { kind: 'books', position: await positionBefore(database, moment.atUs + 1) }
}

function booksAtPosition(text: string, epoch: string, now: Now): Books | Refused {
  const parts = parsePosition(text)
  if (parts?.epoch !== epoch) {
    return refused('position-unknown', `Position ${text} is of another epoch of the log than ${epoch}.`)
  }
  if (parts.number > now.head) {
    const newest = formatPosition(epoch, now.head)
    return refused('position-unknown', `Position ${text} is ahead of the log, whose newest is ${newest}.`)
  }
  return { kind: 'books', position: parts.number }
}
