import { partsOf, sharesOf, tooManyParts } from './bundle.ts'
import type { Command, HoldLineRequest, Price, QuantityLine } from './command.ts'
import { holdAnswer } from './answer.ts'
import { priceKey, type Context, type HoldLineState, type HoldRecord, type LevelState } from './context.ts'
import { closeDraft, draftLevel, inAllotment, move, noteAllotment, openDraft, overflowed, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import type { Refusal } from './refusal.ts'
import { lotLine } from './sold-lot.ts'
import { effectOf, overflow } from './result.ts'

const US = 1_000_000

/** One or many lines, all or nothing. A line is filled from its channel's locations in order, and may be split over them. */
export function decideHold(context: Context, ask: Ask, command: Extract<Command, { kind: 'hold' }>): Decision {
  const draft = openDraft(context)
  const lines: HoldLineState[] = []
  const many = tooManyParts(context, command.lines)
  if (many) return { kind: 'refusal', refusal: many }
  const wanting: { sku: string; requested: number; available: number }[] = []
  for (const [requestLine, asked] of command.lines.entries()) {
    const request = asked.lot === undefined ? asked : lotLine(context, asked)
    if ('slug' in request) return { kind: 'refusal', refusal: request }
    const price = priceFor(context, request)
    if ('slug' in price) return { kind: 'refusal', refusal: price }
    const components = context.bundles.get(request.sku)
    if (components !== undefined ? !hasParts(draft, components, request) : offered(draft, request) < request.quantity) {
      wanting.push({ sku: request.sku, requested: request.quantity, available: offeredAtFirst(context, request) })
    } else if (components === undefined) {
      fill(draft, request, { requestLine, price, bundle: undefined }, lines)
    } else {
      fillBundle(draft, request, components, { requestLine, price }, lines)
    }
  }
  if (wanting.length > 0) return insufficient(wanting)
  if (overflowed(draft)) return overflow()
  const hold: HoldRecord = {
    id: ask.id,
    state: 'active',
    createdAtUs: ask.atUs,
    expiresAtUs: ask.atUs + command.ttlSeconds * US,
    customer: command.customer,
    entry: ask.entry,
    loose: false,
    lines,
  }
  return effectOf(ask, closeDraft(draft), { newHold: hold, status: 201, answer: holdAnswer(hold, context.soldLots) })
}

function insufficient(wanting: readonly { sku: string; requested: number; available: number }[]): Decision {
  const [first] = wanting
  const detail = first
    ? `Of ${first.sku} ${first.requested} were asked for and ${first.available} are available.`
    : 'There are fewer bottles than asked for.'
  return refuse('insufficient-stock', detail, { lines: wanting })
}

/** The price a line is held at, or why it cannot be held. */
function priceFor(context: Context, request: HoldLineRequest): Price | Refusal {
  const { sku, channel: id, location, expectedPrice } = request
  const channel = context.channels.get(id)
  if (!channel) return { slug: 'unknown-channel', detail: `There is no channel ${id}.` }
  if (location !== undefined && !context.locations.has(location)) {
    return { slug: 'unknown-location', detail: `There is no location ${location}.` }
  }
  if (location !== undefined && !channel.locations.includes(location)) {
    const from = channel.locations.join(', ')
    return { slug: 'location-not-in-channel', detail: `Channel ${id} sells from ${from}, not from ${location}.` }
  }
  const price = context.prices.get(priceKey(sku, id))
  if (!price) return { slug: 'not-for-sale', detail: `${sku} has no price in channel ${id}.`, members: { sku } }
  if (expectedPrice && (expectedPrice.amountMinor !== price.amountMinor || expectedPrice.currency !== price.currency)) {
    return { slug: 'price-changed', detail: `The price of ${sku} has changed.`, members: { sku, price } }
  }
  return price
}

/** Where a line may be filled from, in order. */
function sources(context: Context, request: HoldLineRequest): readonly string[] {
  return request.location === undefined ? (context.channels.get(request.channel)?.locations ?? []) : [request.location]
}

/** Bottles of a level that a line may draw on: what is available, or else what its allotment has left, or what is expected. */
function free(draft: Draft, level: LevelState, request: HoldLineRequest): number {
  if (request.allotment !== undefined) return inAllotment(draft, level, request.allotment)
  return request.from === undefined ? level.available : level.incoming
}

/**
 * Bottles a line may have. Safety stock is what the channel never offers of what is available, over all its locations; a hold at a named
 * location is staff's, and exempt.
 */
function offered(draft: Draft, request: HoldLineRequest): number {
  const there = sources(draft.context, request).reduce(
    (sum, location) => sum + free(draft, draftLevel(draft, request.sku, location), request),
    0,
  )
  return Math.max(0, there - safetyStock(draft.context, request))
}

/** The same over the untouched context: what is available now, whatever this request's earlier lines would have taken. */
function offeredAtFirst(context: Context, request: HoldLineRequest): number {
  const draft = openDraft(context)
  const components = context.bundles.get(request.sku)
  if (components === undefined) return offered(draft, request)
  return Math.min(...components.map(({ sku, quantity }) => Math.floor(offered(draft, { ...request, sku }) / quantity)))
}

/** Whether there is enough of every component of a bundle. */
function hasParts(draft: Draft, components: readonly QuantityLine[], request: HoldLineRequest): boolean {
  return partsOf(components, request).every((part) => offered(draft, part) >= part.quantity)
}

/** A bundle's components, each filled as if it had been asked for, at its share of the bundle's price. */
function fillBundle(
  draft: Draft,
  request: HoldLineRequest,
  components: readonly QuantityLine[],
  { requestLine, price }: Pick<How, 'requestLine' | 'price'>,
  lines: HoldLineState[],
): void {
  const { sku, channel, quantity } = request
  const bundle = { sku, quantity }
  const shares = sharesOf(draft.context, components, { price, channel, quantity })
  for (const [at, part] of partsOf(components, request).entries()) {
    for (const share of shares[at] ?? []) {
      const how = { requestLine, price: share.price, bundle }
      fill(draft, { ...part, quantity: share.quantity }, how, lines)
    }
  }
}

function safetyStock(context: Context, { channel, location, allotment, from }: HoldLineRequest): number {
  const isExempt = location !== undefined || allotment !== undefined || from !== undefined
  return isExempt ? 0 : (context.channels.get(channel)?.safetyStock ?? 0)
}

/** What a line of a hold says beside what it takes. */
interface How {
  readonly requestLine: number
  readonly price: Price
  readonly bundle: QuantityLine | undefined
}

function fill(
  draft: Draft,
  request: HoldLineRequest,
  { requestLine, price, bundle }: How,
  lines: HoldLineState[],
): void {
  let wanted = request.quantity
  for (const location of sources(draft.context, request)) {
    if (wanted === 0) return
    const level = draftLevel(draft, request.sku, location)
    const quantity = Math.min(wanted, free(draft, level, request))
    if (quantity === 0) continue
    claim(draft, level, request, quantity)
    const { sku, channel, allotment } = request
    const pending = request.from === undefined ? 0 : quantity
    const line = lines.length
    const made = {
      line,
      requestLine,
      sku,
      location,
      channel,
      quantity,
      price,
      freed: false,
      allotment,
      pending,
      bundle,
    }
    lines.push(made)
    wanted -= quantity
  }
}

function claim(draft: Draft, level: LevelState, { allotment, from }: HoldLineRequest, quantity: number): void {
  if (from !== undefined) return move(draft, level, 'incoming', 'incomingCommitted', quantity)
  if (allotment === undefined) return move(draft, level, 'available', 'held', quantity)
  move(draft, level, 'allocated', 'held', quantity)
  noteAllotment(draft, level, allotment, -quantity)
}
