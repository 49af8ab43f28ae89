import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Position } from '@cellarhand/protocol/primitives'
import { formatPosition } from '../../log/log.ts'
import { sendProblem } from './problems.ts'
import type { Services } from '../services.ts'

/** How long a read waits for the position it asks for. */
const MIN_POSITION_WAIT_MS = 5_000
/** Items of a page where none are asked for; the pattern below says how many at most. */
const LIMIT_DEFAULT = 50

/** What every read takes. Query strings are text: numbers are patterns, so that nothing needs coercing. */
const readQuery = {
  minPosition: Type.Optional({
    ...Position,
    description: 'Wait up to 5 s until this position can be seen, then 504. One of another epoch is 422.',
  }),
}
export const ReadQuery = Type.Object(readQuery, { additionalProperties: false })

export const pageQuery = {
  ...readQuery,
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|[1-4][0-9]{2}|500)$', description: '1 to 500' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 600, description: '`next` of the page before' })),
}

/** What a list takes that is of no position: it is not of what the log orders. */
export const plainPage = { limit: pageQuery.limit, cursor: pageQuery.cursor }

/** A page of a list that is of no position. */
export const plainListOf = (item: Parameters<typeof Type.Array>[0]) =>
  Type.Object({ items: Type.Array(item), next: Type.Optional(Type.String()) })

/** A page of a list: its items, where the next begins, and the position it was read at. */
export const listOf = (item: Parameters<typeof Type.Array>[0]) =>
  Type.Object({ items: Type.Array(item), next: Type.Optional(Type.String()), position: Position })

export function badCursor(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 'unprocessable', 'The cursor is none of ours: take `next` of the page before, as it is.')
}

export function limitOf(text: string | undefined): number {
  return text === undefined ? LIMIT_DEFAULT : Number(text)
}

/** Lines of an entry are numbered by a smallint. */
export const LAST_LINE = 32_767

/** `entry.line`, where a page of lines of the journal ended; null for anything else. */
export function entryCursor(text: string): { entry: number; line: number } | null {
  const match = /^(\d{1,16})\.(\d{1,5})$/.exec(text)
  return !match || Number(match[2]) > LAST_LINE ? null : { entry: Number(match[1]), line: Number(match[2]) }
}

/** Waits for the position a read asks for. False: a problem has been answered. */
export async function reached(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const { minPosition } = request.query as { minPosition?: string }
  if (minPosition === undefined) return true
  const missed = await awaitPosition(services, minPosition)
  if (missed === undefined) return true
  readHeaders(services, reply)
  sendProblem(reply, missed.slug, missed.detail)
  return false
}

/** Why a read does not see the position that it asks for. */
export interface Missed {
  readonly slug: 'position-not-reached' | 'position-unknown'
  readonly detail: string
}

/**
 * Waits until a position can be seen. Answers what is the matter where it cannot.
 *
 * @param withinMs how long to wait at most, in ms; never longer than 5 s
 */
export async function awaitPosition(
  { replica }: Pick<Services, 'replica'>,
  position: string,
  withinMs = Infinity,
): Promise<Missed | undefined> {
  const outcome = await replica.waitFor(position, Math.min(MIN_POSITION_WAIT_MS, withinMs))
  if (outcome === 'reached') return undefined
  return outcome === 'timeout'
    ? { slug: 'position-not-reached', detail: `Position ${position} was not reached within 5 s.` }
    : {
        slug: 'position-unknown',
        detail: `Position ${position} is of another epoch of the log than ${replica.epoch()}: read without it.`,
      }
}

/** Says where a read stands, in the header, and returns it. Without a number: the replica's own position. */
export function readHeaders(services: Services, reply: FastifyReply, number?: number): string {
  const { replica } = services
  const position = number === undefined ? replica.position() : formatPosition(replica.epoch(), number)
  reply.header('cellarhand-position', position)
  return position
}
