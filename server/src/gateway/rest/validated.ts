import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createRecent } from '../../platform/recent.ts'

/** Kept by whoever asked and nobody between, and asked for again each time: stock changes, and what is shown may depend on who asks. */
const KEPT = 'private, no-cache'
const JSON_TYPE = 'application/json; charset=utf-8'

const digest = (text: string): string => hash('sha1', text, 'base64url')

/** Offers whose validators are remembered, some 400 bytes each with their text, which the replica keeps anyway while it is true. */
const TAGS_MAX = 16_384
const tags = createRecent<string>(TAGS_MAX)

/** To hash an offer takes two microseconds, a twentieth of all that becomes of its read; to find a text again that is the very same string, a tenth of one. */
function tagOf(text: string): string {
  const known = tags.get(text)
  if (known !== undefined) return known
  const tag = `"${digest(text)}"`
  tags.set(text, tag)
  return tag
}

/**
 * Sends what has a position of its own in it, as JSON text: 304 where the asker has the very same. Its validator is strong: a hash says
 * also what changed without the log, as a delivery that is late.
 */
export function sendSame(request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply {
  return answer(request, reply, { tag: tagOf(text), text })
}

/** Sends a document that is the same until the next release. The validator is weak, so that it may be compressed on its way. */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply {
  return answer(request, reply, { tag: `W/"${digest(text)}"`, text })
}

/**
 * Sends a thing or a list as of a position: 304 where all but the position is what the asker has. The validator is weak, since the position moves with every sale anywhere. Who has
 * the older one goes on following from there, and is told nothing new.
 */
export function sendAsOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { shown, position }: { readonly shown: object; readonly position: string },
): FastifyReply {
  const text = JSON.stringify(shown)
  const whole = `${text.slice(0, -1)}${text === '{}' ? '' : ','}"position":${JSON.stringify(position)}}`
  return answer(request, reply, { tag: `W/"${digest(text)}"`, text: whole })
}

function answer(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { tag, text }: { readonly tag: string; readonly text: string },
): FastifyReply {
  reply.header('etag', tag).header('cache-control', KEPT)
  const known = headers['if-none-match']
  if (known !== undefined && isKnown(known, tag)) return reply.code(304).send()
  return reply.header('content-type', JSON_TYPE).send(text)
}

/** By weak comparison, which is what `If-None-Match` asks for (RFC 9110, 13.1.2). */
function isKnown(header: string, tag: string): boolean {
  const bare = tag.replace(/^W\//, '')
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === bare)
}
