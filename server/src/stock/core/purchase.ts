import type { ExpectedRow } from '../../log/changes.ts'
import type { Command, QuantityLine } from './command.ts'
import { levelKey, type Context } from './context.ts'
import { changed, documentAnswer, type DocumentOf, type PurchaseBody, type PurchaseLine } from './document.ts'
import { closeDraft, draftLevel, move, openDraft, overflowed } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { effectOf, overflow } from './result.ts'

export type Purchase = DocumentOf<'purchaseOrder'>

/** Orders bottles of a supplier: from now on they are expected, and can be promised before they are there. */
export function decidePurchase(context: Context, ask: Ask, command: Extract<Command, { kind: 'purchase' }>): Decision {
  const { location, supplier, reference, expectedAtMs, currency } = command
  if (!context.locations.has(location)) return refuse('unknown-location', `There is no location ${location}.`)
  const priced = command.lines.find(({ unitCostMinor }) => unitCostMinor !== undefined)
  if (priced && currency === undefined) {
    return refuse('currency-required', `Say with \`currency\` what the cost of ${priced.sku} is in.`, {
      sku: priced.sku,
    })
  }
  const draft = openDraft(context)
  for (const { sku, quantity } of command.lines) {
    move(draft, draftLevel(draft, sku, location), 'supplier', 'incoming', quantity)
  }
  if (overflowed(draft)) return overflow()
  const document: Purchase = {
    id: ask.id,
    kind: 'purchaseOrder',
    state: 'open',
    reference,
    createdAtUs: ask.atUs,
    version: 1,
    levels: [...new Set(command.lines.map(({ sku }) => levelKey(sku, location)))],
    body: {
      location,
      ...(supplier === undefined ? {} : { supplier }),
      ...(expectedAtMs === undefined ? {} : { expectedAtMs }),
      ...(currency === undefined ? {} : { currency }),
      lines: command.lines.map(({ sku, quantity, unitCostMinor }) => ({
        sku,
        quantity,
        received: 0,
        cancelled: 0,
        surplus: 0,
        ...(unitCostMinor === undefined ? {} : { unitCostMinor }),
      })),
    },
  }
  return effectOf(ask, closeDraft(draft), { document, reference, status: 201, answer: documentAnswer(document) })
}

/** Bottles of a line that are expected still. */
function expectedOf(line: PurchaseLine): number {
  return line.quantity - line.received - line.cancelled
}

/** Bottles of a SKU that an order still expects, over all its lines. */
export function expectedIn(lines: readonly PurchaseLine[], sku: string): number {
  return lines.reduce((sum, line) => (line.sku === sku ? sum + expectedOf(line) : sum), 0)
}

/** What an order expects, as the log carries it: each SKU once, those it expects nothing of any more included. */
export function expectedRowsOf({ id, body }: Purchase): ExpectedRow[] {
  const { location, lines, expectedAtMs = null } = body
  return [...new Set(lines.map(({ sku }) => sku))].map((sku) => [
    id,
    sku,
    location,
    expectedIn(lines, sku),
    expectedAtMs,
  ])
}

/** All that is expected, as lines of a request. */
export function allExpected(lines: readonly PurchaseLine[]): QuantityLine[] {
  return lines.filter((line) => expectedOf(line) > 0).map((line) => ({ sku: line.sku, quantity: expectedOf(line) }))
}

/** The lines after so many bottles of a SKU have come, or will not come, which is no more than are expected: the first lines first. */
export function counted(
  lines: readonly PurchaseLine[],
  { sku, quantity }: QuantityLine,
  as: 'received' | 'cancelled',
): PurchaseLine[] {
  let left = quantity
  return lines.map((line) => {
    const part = line.sku === sku ? Math.min(left, expectedOf(line)) : 0
    left -= part
    return part === 0 ? line : { ...line, [as]: line[as] + part }
  })
}

/** A purchase order by its id. */
export function purchaseOf(context: Context, id: string): Purchase | undefined {
  const document = context.documents.get(id)
  return document?.kind === 'purchaseOrder' ? document : undefined
}

export function unknownPurchase(id: string): Decision {
  return refuse('not-found', `There is no purchase order ${id}.`)
}

export function nothingExpected(): Decision {
  return refuse('nothing-outstanding', 'Nothing of this purchase order is expected any more.')
}

export function notInOrder(sku: string): Decision {
  return refuse('not-in-order', `${sku} is not of this purchase order: record it as a receipt.`, { sku })
}

/** Takes back what was ordered: a request, for no more than is expected, and nothing that is promised to anybody. */
export function decidePurchaseCancel(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'cancelPurchase' }>,
): Decision {
  const document = purchaseOf(context, command.documentId)
  if (!document) return unknownPurchase(command.documentId)
  const { body } = document
  const wanted = command.lines ?? allExpected(body.lines)
  if (wanted.length === 0) return nothingExpected()
  const draft = openDraft(context)
  let lines = body.lines
  for (const line of wanted) {
    const { sku, quantity } = line
    if (!lines.some((one) => one.sku === sku)) return notInOrder(sku)
    const expected = expectedIn(lines, sku)
    if (expected < quantity) {
      return refuse('nothing-outstanding', `Of ${sku} ${expected} are expected, fewer than ${quantity}.`, {
        sku,
        requested: quantity,
        outstanding: expected,
      })
    }
    const level = draftLevel(draft, sku, body.location)
    if (level.incoming < quantity) {
      const { incoming: free, incomingCommitted: promised } = level
      return refuse(
        'promised-already',
        `Of ${sku} ${free} are expected at ${body.location} and promised to nobody, fewer than ${quantity}: ${promised} are held or sold.`,
        { lines: [{ sku, requested: quantity, free, promised }] },
      )
    }
    move(draft, level, 'incoming', 'supplier', quantity)
    lines = counted(lines, line, 'cancelled')
  }
  const state = allExpected(lines).length > 0 ? 'open' : 'cancelled'
  const after = changed(document, { state, body: { ...body, lines } })
  return effectOf(ask, closeDraft(draft), {
    document: after,
    reason: command.reason,
    status: 200,
    answer: documentAnswer(after),
  })
}

/** Another time at which the bottles should be there. No bottle moves; but what customers see of its levels does, so they are at a new revision. */
export function decideReschedule(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'reschedulePurchase' }>,
): Decision {
  const document = purchaseOf(context, command.documentId)
  if (!document) return unknownPurchase(command.documentId)
  if (document.state !== 'open') return nothingExpected()
  const draft = openDraft(context)
  for (const { sku } of document.body.lines) draftLevel(draft, sku, document.body.location)
  const levels = [...draft.levels.values()].map((level) => ({ ...level, revision: level.revision + 1 }))
  const { expectedAtMs } = command
  const after = changed(document, {
    state: document.state,
    body: withDate(document.body, expectedAtMs),
  })
  return effectOf(
    ask,
    { ...closeDraft(draft), levels },
    {
      document: after,
      reason: command.reason,
      status: 200,
      answer: documentAnswer(after),
    },
  )
}

function withDate({ expectedAtMs: _before, ...body }: PurchaseBody, expectedAtMs: number | null): PurchaseBody {
  return expectedAtMs === null ? body : { ...body, expectedAtMs }
}
