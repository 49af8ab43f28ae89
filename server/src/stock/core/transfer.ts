import { must } from '../../platform/must.ts'
import type { ArrivalLine, Command } from './command.ts'
import { levelKey, type Context, type LevelState } from './context.ts'
import { changed, documentAnswer, type DocumentOf, type TransferLine } from './document.ts'
import { closeDraft, draftLevel, give, move, openDraft, overflowed, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { consequences } from './facts.ts'
import { lotsBehind, type LotQuantity } from './lot.ts'
import { put } from './parcels.ts'
import { depart } from './place.ts'
import { effectOf, overflow } from './result.ts'

type Transfer = DocumentOf<'transfer'>

/** Sends bottles on their way: no more than are available. Until they arrive they are in transit, at no level. */
export function decideTransfer(context: Context, ask: Ask, command: Extract<Command, { kind: 'transfer' }>): Decision {
  const { fromLocation: from, toLocation: to, reference, expectedAtMs } = command
  const [origin, destination] = [context.locations.get(from), context.locations.get(to)]
  if (!origin || !destination) {
    return refuse('unknown-location', `There is no location ${origin ? to : from}.`)
  }
  if (from === to)
    return refuse('invalid-transfer', `A transfer goes from one location to another, not from ${from} to itself.`)
  if (origin.duty !== destination.duty) {
    const how =
      origin.duty === 'in_bond'
        ? 'Release them from bond with a clearance.'
        : 'What duty was paid for does not go back into bond.'
    return refuse('duty-differs', `${from} is ${origin.duty} and ${to} is ${destination.duty}. ${how}`)
  }
  if (origin.owner !== destination.owner && command.changesOwner !== true) {
    return refuse(
      'owner-differs',
      `Bottles at ${from} are ${origin.owner}’s and those at ${to} ${destination.owner}’s. Say \`changesOwner: true\` if that is meant.`,
    )
  }
  const draft = openDraft(context)
  const departed = depart(draft, from, command.lines, 'transit')
  if (departed.kind === 'refused') return departed.refusal
  const document: Transfer = {
    id: ask.id,
    kind: 'transfer',
    state: 'in_transit',
    reference,
    createdAtUs: ask.atUs,
    version: 1,
    levels: [...new Set(command.lines.flatMap(({ sku }) => [levelKey(sku, from), levelKey(sku, to)]))],
    body: {
      from,
      to,
      ...(expectedAtMs === undefined ? {} : { expectedAtMs }),
      lines: merged(command.lines).map((line) => ({
        ...line,
        lots: departed.lots.get(line.sku) ?? [],
        received: 0,
        missing: 0,
        returned: 0,
        surplus: 0,
      })),
    },
  }
  return effectOf(ask, closeDraft(draft), { document, reference, status: 201, answer: documentAnswer(document) })
}

/** Each SKU once. */
function merged(lines: readonly { readonly sku: string; readonly quantity: number }[]) {
  const sums = new Map<string, number>()
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity)
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }))
}

/** Bottles of a line that are on their way still. */
export function inTransit(line: TransferLine): number {
  return line.quantity - line.received - line.missing - line.returned
}

/**
 * Records what has come of a transfer: a fact. What came beyond what was sent is booked as an adjustment, what will not come any more as
 * a loss; both with their reason.
 */
export function recordArrival(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'receiveTransfer' }>,
): Decision {
  const document = transferOf(context, command.documentId)
  if (!document) return unknown(command.documentId)
  const { body } = document
  const arrivals = command.lines ?? body.lines.filter((line) => inTransit(line) > 0).map(whole)
  const refusal = refusalOf(body.lines, arrivals, command.reason)
  if (refusal) return refusal
  const happenedUs = command.occurredAtMs === undefined ? ask.atUs : command.occurredAtMs * 1_000
  const occurredAtUs = Math.min(happenedUs, ask.atUs)
  const draft = openDraft(context)
  const lines = body.lines.map((line) =>
    arrivals
      .filter(({ sku }) => sku === line.sku)
      .reduce<TransferLine>((at, one) => arrive(draft, body.to, at, one, { ...command, occurredAtUs }), line),
  )
  if (overflowed(draft)) return overflow()
  const state = lines.some((line) => inTransit(line) > 0) ? 'in_transit' : 'received'
  const [clamped, rebased] = [happenedUs > ask.atUs, draft.movements.some(({ to }) => to === 'variance')]
  const after = changed(document, { state, body: { ...body, lines } })
  const closed = closeDraft(draft)
  return effectOf(ask, closed, {
    document: after,
    occurredAtUs,
    clamped,
    rebased,
    reason: command.reason,
    status: 200,
    answer: {
      ...documentAnswer(after),
      ...(clamped ? { clamped } : {}),
      ...(rebased ? { rebased } : {}),
      ...consequences([], closed.shortfalls),
    },
  })
}

/** Why arrivals cannot be those of a transfer with these lines. */
function refusalOf(
  lines: readonly TransferLine[],
  arrivals: readonly ArrivalLine[],
  reason: string | undefined,
): Decision | undefined {
  if (!arrivals.some(({ quantity, missing = 0 }) => quantity + missing > 0)) {
    return refuse('nothing-outstanding', 'Nothing of this transfer is on its way any more.')
  }
  const stranger = arrivals.find(({ sku }) => !lines.some((line) => line.sku === sku))
  if (stranger) {
    return refuse('not-in-transfer', `${stranger.sku} is not of this transfer: record it as a receipt.`, {
      sku: stranger.sku,
    })
  }
  const tooMany = arrivals.find((arrival) => beyond(lines, arrival) < 0)
  if (tooMany) {
    return refuse('nothing-outstanding', `More of ${tooMany.sku} are called missing than are on their way.`, {
      sku: tooMany.sku,
    })
  }
  if (reason === undefined && arrivals.some(({ missing = 0 }) => missing > 0)) {
    return refuse('reason-required', 'Say why bottles are missing, with `reason`.')
  }
  return undefined
}

function whole(line: TransferLine): ArrivalLine {
  return { sku: line.sku, quantity: inTransit(line) }
}

/** Below zero: more is called missing than what has not come. */
function beyond(lines: readonly TransferLine[], { sku, quantity, missing = 0 }: ArrivalLine): number {
  const line = must(
    lines.find((one) => one.sku === sku),
    'a line of the transfer',
  )
  return inTransit(line) - Math.min(quantity, inTransit(line)) - missing
}

interface How {
  readonly occurredAtUs: number
  readonly reason?: string
}

/** The line after some of it has come. What a count has seen already changes nothing on hand. */
function arrive(
  draft: Draft,
  location: string,
  line: TransferLine,
  { quantity, missing = 0, bin }: ArrivalLine,
  { occurredAtUs, reason }: How,
): TransferLine {
  const level = draftLevel(draft, line.sku, location)
  const expected = Math.min(quantity, inTransit(line))
  const isSeen = level.countedAtUs !== null && occurredAtUs <= level.countedAtUs
  for (const [from, bottles] of [
    ['transit', expected],
    ['adjustment', quantity - expected],
  ] as const) {
    if (!isSeen) {
      give(draft, level, from, bottles)
      continue
    }
    move(draft, level, from, 'available', bottles)
    move(draft, level, 'available', 'variance', bottles)
  }
  if (!isSeen) putDown(draft, level, comingNext(line, expected), { quantity, bin })
  move(draft, level, 'transit', `loss:${reason}`, missing)
  return {
    ...line,
    received: line.received + expected,
    missing: line.missing + missing,
    surplus: line.surplus + quantity - expected,
  }
}

/** What came is put where it is said to be: lots as lots, and the rest with what is of none. */
function putDown(
  draft: Draft,
  level: LevelState,
  lots: readonly LotQuantity[],
  { quantity, bin }: { readonly quantity: number; readonly bin: string | undefined },
): void {
  for (const one of lots) put(draft, level, { lot: one.lot, bin }, one.quantity)
  const ofLots = lots.reduce((sum, one) => sum + one.quantity, 0)
  put(draft, level, { bin }, quantity - ofLots)
}

/** Lots of the next so many bottles of a line: they come, are missed or turn back in the order they were drawn in. */
function comingNext(line: TransferLine, quantity: number): LotQuantity[] {
  return lotsBehind(line.lots, line.quantity - inTransit(line), quantity)
}

/** What is on its way turns back, and is available again where it came from. */
export function decideTransferCancel(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'cancelTransfer' }>,
): Decision {
  const document = transferOf(context, command.documentId)
  if (!document) return unknown(command.documentId)
  const { body } = document
  if (!body.lines.some((line) => inTransit(line) > 0)) {
    return refuse('nothing-outstanding', 'Nothing of this transfer is on its way any more.')
  }
  const draft = openDraft(context)
  for (const line of body.lines) {
    const level = draftLevel(draft, line.sku, body.from)
    give(draft, level, 'transit', inTransit(line))
    for (const { lot, quantity } of comingNext(line, inTransit(line))) put(draft, level, { lot }, quantity)
  }
  const lines = body.lines.map((line) => ({ ...line, returned: line.returned + inTransit(line) }))
  const after = changed(document, { state: 'cancelled', body: { ...body, lines } })
  const closed = closeDraft(draft)
  return effectOf(ask, closed, {
    document: after,
    reason: command.reason,
    status: 200,
    answer: { ...documentAnswer(after), ...consequences([], closed.shortfalls) },
  })
}

function transferOf(context: Context, id: string): Transfer | undefined {
  const document = context.documents.get(id)
  return document?.kind === 'transfer' ? document : undefined
}

function unknown(id: string): Decision {
  return refuse('not-found', `There is no transfer ${id}.`)
}
