import { unreachable } from '../../platform/must.ts'
import type { Command } from './command.ts'
import { levelKey, type Context } from './context.ts'
import { changed, documentAnswer, type DocumentOf } from './document.ts'
import { closeDraft, draftLevel, openDraft, overflowed } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { consequences, gone, whenOf } from './facts.ts'
import type { OpenBottleBody } from './open-bottle-body.ts'
import { effectOf, overflow } from './result.ts'

type OpenBottle = DocumentOf<'openBottle'>

/** Three days: what a bar commonly gives a wine under a stopper. */
export const DISCARD_AFTER_HOURS = 72

/**
 * Pours that a bottle remembers, the newest: a document is written whole with every change, and a Melchior poured by the taste has some 700. The
 * totals are of all of them, and each is an entry of the journal.
 */
export const POURS_KEPT = 100

const HOUR_MS = 3_600_000

/** Records what happens to a bottle from when it is opened. */
export function recordBottle(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'openBottle' | 'pour' | 'discard' }>,
): Decision {
  switch (command.kind) {
    case 'openBottle':
      return recordOpening(context, ask, command)
    case 'pour':
      return recordPour(context, ask, command)
    case 'discard':
      return recordDiscard(context, ask, command)
    default:
      return unreachable(command)
  }
}

/**
 * Records that a bottle was opened: a fact. It is taken as a sale takes one, and from here on what is in it counts in millilitres. Nothing of
 * stock moves any more.
 */
function recordOpening(context: Context, ask: Ask, command: Extract<Command, { kind: 'openBottle' }>): Decision {
  const { sku, location, formatMl, servingMl, preservation, reference } = command
  if (!context.locations.has(location)) return refuse('unknown-location', `There is no location ${location}.`)
  const { occurredAtUs, clamped } = whenOf(ask, command.occurredAtMs)
  const draft = openDraft(context)
  const { revoked, rebased } = gone(draft, draftLevel(draft, sku, location), 'opened', 1, occurredAtUs)
  if (overflowed(draft)) return overflow()
  const openedAtMs = Math.floor(occurredAtUs / 1_000)
  const document: OpenBottle = {
    id: ask.id,
    kind: 'openBottle',
    state: 'open',
    reference,
    createdAtUs: ask.atUs,
    version: 1,
    levels: [levelKey(sku, location)],
    body: {
      sku,
      location,
      formatMl,
      ...(servingMl === undefined ? {} : { servingMl }),
      ...(preservation === undefined ? {} : { preservation }),
      openedAtMs,
      discardByMs: openedAtMs + (command.discardAfterHours ?? DISCARD_AFTER_HOURS) * HOUR_MS,
      pouredMl: 0,
      overMl: 0,
      leftMl: formatMl,
      discardedMl: 0,
      servings: 0,
      pours: [],
    },
  }
  const closed = closeDraft(draft)
  const answer = {
    ...documentAnswer(document),
    ...(clamped ? { clamped } : {}),
    ...(rebased ? { rebased } : {}),
    ...consequences(revoked, closed.shortfalls),
  }
  return effectOf(ask, closed, { document, occurredAtUs, clamped, rebased, reference, status: 201, answer })
}

/** The body with so much poured in all: what is in a bottle beyond its format was never in the books. */
function measured(body: OpenBottleBody, pouredMl: number, isDiscarded: boolean): OpenBottleBody {
  const rest = Math.max(0, body.formatMl - pouredMl)
  return {
    ...body,
    pouredMl,
    overMl: Math.max(0, pouredMl - body.formatMl),
    leftMl: isDiscarded ? 0 : rest,
    discardedMl: isDiscarded ? rest : 0,
  }
}

/**
 * Records that something was poured: a fact, whatever the books say was left. One that is heard of after the bottle was discarded was not
 * thrown away, and what was beyond the format is answered as `over`.
 */
function recordPour(context: Context, ask: Ask, command: Extract<Command, { kind: 'pour' }>): Decision {
  const document = bottleOf(context, command.documentId)
  if (!document) return unknown(command.documentId)
  const { body } = document
  const ml = command.ml ?? body.servingMl
  if (ml === undefined) {
    return refuse(
      'serving-unknown',
      'Say how much was poured, with `ml`: this bottle was opened without a size of serving.',
    )
  }
  const { occurredAtUs, clamped } = whenOf(ask, command.occurredAtMs)
  const { reference } = command
  const pour = { ml, atMs: Math.floor(occurredAtUs / 1_000), ...(reference === undefined ? {} : { reference }) }
  const isDiscarded = document.state === 'discarded'
  const after = {
    ...measured(body, body.pouredMl + ml, isDiscarded),
    servings: body.servings + 1,
    pours: [...body.pours, pour].slice(-POURS_KEPT),
  }
  const state = isDiscarded ? 'discarded' : after.leftMl === 0 ? 'empty' : 'open'
  const over = after.overMl - body.overMl
  return aboutBottle(context, ask, changed(document, { state, body: after }), {
    occurredAtUs,
    clamped,
    reference,
    more: over > 0 ? { over } : {},
  })
}

/** Records that what is left of a bottle was thrown away. Of one that is finished nothing is left to throw away. */
function recordDiscard(context: Context, ask: Ask, command: Extract<Command, { kind: 'discard' }>): Decision {
  const document = bottleOf(context, command.documentId)
  if (!document) return unknown(command.documentId)
  if (document.state !== 'open') {
    return refuse('bottle-finished', `Nothing is left in this bottle: it is ${document.state}.`, {
      state: document.state,
    })
  }
  const { occurredAtUs, clamped } = whenOf(ask, command.occurredAtMs)
  const { reason } = command
  const body = {
    ...measured(document.body, document.body.pouredMl, true),
    discardedAtMs: Math.floor(occurredAtUs / 1_000),
    discardReason: reason,
  }
  return aboutBottle(context, ask, changed(document, { state: 'discarded', body }), { occurredAtUs, clamped, reason })
}

interface How {
  readonly occurredAtUs: number
  readonly clamped: boolean
  readonly reference?: string | undefined
  readonly reason?: string
  readonly more?: object
}

/** The effect of what happens to a bottle that is open already: its document alone. */
function aboutBottle(context: Context, ask: Ask, document: OpenBottle, { more = {}, ...how }: How): Decision {
  const answer = { ...documentAnswer(document), ...(how.clamped ? { clamped: true } : {}), ...more }
  return effectOf(ask, closeDraft(openDraft(context)), {
    document,
    occurredAtUs: how.occurredAtUs,
    clamped: how.clamped,
    reference: how.reference,
    reason: how.reason,
    status: 200,
    answer,
  })
}

function bottleOf(context: Context, id: string): OpenBottle | undefined {
  const document = context.documents.get(id)
  return document?.kind === 'openBottle' ? document : undefined
}

function unknown(id: string): Decision {
  return refuse('not-found', `There is no open bottle ${id}.`)
}
