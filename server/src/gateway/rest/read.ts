import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Position } from '@cellarhand/protocol/primitives'
import { formatPosition } from '../../log/log.ts'
import { awaitPosition, BAD_CURSOR, LIMIT_DEFAULT } from '../reading.ts'
import { sendProblem } from './problems.ts'
import type { Services } from '../services.ts'

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

interface PageRead {
  readonly items: readonly unknown[]
  /** What to go on after; undefined at the end. */
  readonly next: string | undefined
}

export function badCursor(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 'unprocessable', BAD_CURSOR)
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

/** Says where a read stands, in the header, and returns it. Without a number: the replica's own position. */
export function readHeaders(services: Services, reply: FastifyReply, number?: number): string {
  const { replica } = services
  const position = number === undefined ? replica.position() : formatPosition(replica.epoch(), number)
  reply.header('cellarhand-position', position)
  return position
}

/** Answers with a page of a list, as it was read at a position. */
export function sendPage(
  services: Services,
  reply: FastifyReply,
  { value, position }: { readonly value: PageRead; readonly position: number },
): FastifyReply {
  const { items, next } = value
  const at = readHeaders(services, reply, position)
  return reply.send({ items, ...(next === undefined ? {} : { next }), position: at })
}
