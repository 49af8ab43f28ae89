import { partsOf, unbundled } from './bundle.ts'
import type { Command, HoldLineRequest, QuantityLine } from './command.ts'
import { allotmentKey, levelKey, lotKey, priceKey } from './context.ts'
import { aboutOrder, atTill, planOfOrder } from './plan-orders.ts'
import { skuOf } from './sold-lot.ts'
import { at, named, none, type Plan, type PlanContext } from './plan-parts.ts'

/** What to lock and read for a command. A channel or hold nobody knows names nothing: the decision refuses it. */
export function planOf(context: PlanContext, command: Command): Plan {
  switch (command.kind) {
    case 'hold':
      return planHold(context, command)
    case 'extend':
    case 'release':
    case 'expire':
    case 'free':
    case 'commit':
      return { ...named(context.linesOf(command.holdId)), holdId: command.holdId }
    case 'ship':
    case 'cancel':
      return aboutOrder(context, command.commitmentId)
    case 'receive':
    case 'sale':
    case 'writeOff':
    case 'quarantine':
    case 'reinstate':
    case 'allocate':
    case 'deallocate':
    case 'move':
      return planAt(context, command)
    case 'openLot':
      return { ...named([command]), lots: lotNamed(command) }
    case 'count':
      return planCount(command)
    case 'transfer':
    case 'clearDuty':
      return planBetween(command)
    case 'receiveTransfer':
    case 'cancelTransfer':
    case 'pour':
    case 'discard':
      return { ...named(context.linesOf(command.documentId)), documentId: command.documentId }
    case 'repack':
      return planRepack(command)
    case 'relabel':
      return planRelabel(command)
    case 'openBottle':
      return { ...named([command]), takes: [1], revokes: true }
    case 'adjust':
      return { ...named([command]), takes: [Math.max(0, -command.delta)] }
    case 'setPrice':
      return planPrices(context, command)
    default:
      return planOfOrder(context, command)
  }
}

type LocationKind = 'receive' | 'sale' | 'writeOff' | 'quarantine' | 'reinstate' | 'allocate' | 'deallocate' | 'move'

/** What happens to lines at one location. */
function planAt(context: PlanContext, command: Extract<Command, { kind: LocationKind }>): Plan {
  switch (command.kind) {
    case 'reinstate':
      return at(command.location, command.lines)
    case 'receive':
      return { ...at(command.location, command.lines), lots: command.lines.flatMap(lotNamed) }
    case 'move':
      return {
        ...at(command.location, command.lines),
        lots: command.lines.flatMap(({ sku, lot }) => (lot ? lotKey(sku, lot) : [])),
      }
    case 'sale':
      return planSale(context, { ...command, lines: unbundled(context.bundles, command.lines) })
    case 'writeOff':
    case 'quarantine':
      return planTaking(command)
    case 'allocate':
    case 'deallocate':
      return {
        ...at(command.location, command.lines),
        takes: command.lines.map(({ quantity }) => (command.kind === 'allocate' ? quantity : 0)),
        ...allotted(command.allotment, command),
      }
  }
}

function planTaking(fact: Extract<Command, { kind: 'sale' | 'writeOff' | 'quarantine' }>): Plan {
  return {
    ...at(fact.location, fact.lines),
    takes: fact.lines.map(({ quantity }) => quantity),
    revokes: true,
    ...(fact.kind === 'sale' && fact.allotment !== undefined ? allotted(fact.allotment, fact) : {}),
  }
}

/** A sale's own lines, and all that the order it names stands on. */
function planSale(context: PlanContext, sale: Extract<Command, { kind: 'sale' }>): Plan {
  const { lines } = sale
  // Where a lot is sold as a SKU of its own, its bottles may stand under that.
  const others = lines.flatMap(({ sku, lot, quantity }) => {
    const as = lot === undefined ? undefined : context.soldAs.get(lotKey(sku, lot))
    return as === undefined ? [] : [{ sku: as, quantity }]
  })
  const taking = planTaking(others.length === 0 ? sale : { ...sale, lines: [...lines, ...others] })
  return { ...taking, ...(sale.orderRef === undefined ? {} : atTill(context, sale, taking.levels)) }
}

function lotNamed({ sku, lot }: { readonly sku: string; readonly lot?: { readonly id?: string } }): string[] {
  return lot?.id === undefined ? [] : [lotKey(sku, lot.id)]
}

function allotted(
  allotment: string,
  { location, lines }: { readonly location: string; readonly lines: readonly { readonly sku: string }[] },
): Required<Pick<Plan, 'allotments'>> {
  return { allotments: lines.map(({ sku }) => allotmentKey(allotment, levelKey(sku, location))) }
}

/** What leaves one location for another; what it will come to there is made a level of now. */
function planBetween({
  fromLocation,
  toLocation,
  lines,
}: {
  readonly fromLocation: string
  readonly toLocation: string
  readonly lines: readonly QuantityLine[]
}): Plan {
  const [from, to] = [at(fromLocation, lines), at(toLocation, lines)]
  const takes = [...lines.map(({ quantity }) => quantity), ...lines.map(() => 0)]
  return { ...from, levels: [...from.levels, ...to.levels], takes }
}

function planHold(context: PlanContext, command: Extract<Command, { kind: 'hold' }>): Plan {
  const wanted: Wanted = { levels: [], takes: [], prices: [], allotments: [] }
  for (const asked of command.lines) {
    const sku = skuOf(context, asked)
    // A lot that is not sold by itself is refused without a look at anything.
    if (sku === undefined) continue
    const line = sku === asked.sku ? asked : { ...asked, sku }
    const components = context.bundles.get(sku)
    if (components === undefined) {
      planLine(context, line, wanted)
      continue
    }
    // Its own price is what it is held at, and those of its components are what that is divided by.
    wanted.prices.push(priceKey(line.sku, line.channel))
    for (const part of partsOf(components, line)) planLine(context, part, wanted)
  }
  // Named one by one: rest and spread make objects that are slow to read, and this is made for every hold (decision 0015).
  const { levels, takes, prices, allotments } = wanted
  if (allotments.length === 0) return { levels, takes, prices, revokes: false, counts: none }
  return { levels, takes, prices, revokes: false, counts: none, allotments }
}

interface Wanted {
  readonly levels: string[]
  readonly takes: number[]
  readonly prices: string[]
  readonly allotments: string[]
}

function planLine(context: PlanContext, line: HoldLineRequest, wanted: Wanted): void {
  wanted.prices.push(priceKey(line.sku, line.channel))
  for (const location of context.channels.get(line.channel)?.locations ?? none) {
    // A location outside the channel is refused without a look at it, so it is not made a level of.
    if (line.location !== undefined && line.location !== location) continue
    const key = levelKey(line.sku, location)
    wanted.levels.push(key)
    wanted.takes.push(line.from === undefined && line.allotment === undefined ? line.quantity : 0)
    if (line.allotment !== undefined) wanted.allotments.push(allotmentKey(line.allotment, key))
  }
}

function planRepack({ location, lines }: Extract<Command, { kind: 'repack' }>): Plan {
  const takes = lines.map(({ part, quantity }) => (part === 'broken' ? quantity : 0))
  const lots = lines.flatMap((line) =>
    line.part === 'broken' && line.lot !== undefined ? lotKey(line.sku, line.lot) : [],
  )
  return { ...at(location, lines), takes, lots, carries: true }
}

function planRelabel({ location, sku, as, lot, quantity = 0 }: Extract<Command, { kind: 'relabel' }>): Plan {
  const lots = lot === undefined ? none : [lotKey(sku, lot)]
  return { ...at(location, [{ sku }, { sku: as }]), takes: [quantity, 0], lots, carries: true }
}

function planCount(command: Extract<Command, { kind: 'count' }>): Plan {
  const { location, occurredAtMs } = command
  const occurredAtUs = occurredAtMs === undefined ? undefined : occurredAtMs * 1000
  return {
    ...at(location, command.lines),
    revokes: true,
    counts: command.lines.map(({ sku, counted }) => ({ sku, location, counted, occurredAtUs })),
  }
}

function planPrices(context: PlanContext, command: Extract<Command, { kind: 'setPrice' }>): Plan {
  return named(
    command.lines.flatMap(({ sku: priced, channel }) =>
      (context.bundles.get(priced) ?? [{ sku: priced }]).flatMap(({ sku }) =>
        (context.channels.get(channel)?.locations ?? []).map((location) => ({ sku, location })),
      ),
    ),
  )
}
