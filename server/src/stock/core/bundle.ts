import { LINE_MAX } from '@cellarhand/protocol/primitives'
import { must } from '../../platform/must.ts'
import type { Command, CommandKind, HoldLineRequest, Price, QuantityLine } from './command.ts'
import { priceKey, type Bundles, type Context } from './context.ts'
import { refuse, type Decision } from './effect.ts'
import type { Refusal } from './refusal.ts'

/** Lines of components that one hold may come to. Each may be filled from 16 locations at two prices, and an entry has 32,767 movements at most. */
const HOLD_PARTS_MAX = 500

/** A bundle's line as lines of its components. */
export function partsOf(
  components: readonly QuantityLine[],
  { expectedPrice: _ofTheBundle, ...line }: HoldLineRequest,
): HoldLineRequest[] {
  return components.map(({ sku, quantity }) => ({ ...line, sku, quantity: quantity * line.quantity }))
}

/** What a till has sold, each bundle by its components. */
export function unbundled<Line extends QuantityLine>(bundles: Bundles, lines: readonly Line[]): readonly Line[] {
  if (!lines.some(({ sku }) => bundles.has(sku))) return lines
  return lines.flatMap((line) =>
    (bundles.get(line.sku) ?? [{ sku: line.sku, quantity: 1 }]).map(({ sku, quantity }) => ({
      ...line,
      sku,
      quantity: quantity * line.quantity,
    })),
  )
}

/** What sells, or is about a price: all else is about bottles that stand somewhere. Lines of commitments, orders and transfers name no bundle. */
const sells: ReadonlySet<CommandKind> = new Set([
  ...(['hold', 'sale', 'ship', 'cancel', 'receiveTransfer', 'setPrice'] as const),
  ...(['pickOrder', 'shipOrder', 'collectOrder', 'cancelOrder', 'returnOrder'] as const),
])

/** A bundle where a command needs something that can stand on a shelf. */
export function bundleRefusal({ bundles }: Context, command: Command): Decision | undefined {
  if (bundles.size === 0 || sells.has(command.kind)) return undefined
  const named = 'sku' in command ? [command.sku] : 'lines' in command ? (command.lines ?? []).map(({ sku }) => sku) : []
  const sku = named.find((one) => bundles.has(one))
  if (sku === undefined) return undefined
  const components = must(bundles.get(sku), 'a bundle just seen')
  return refuse('is-a-bundle', `${sku} is a bundle, which stands nowhere: name its components.`, { sku, components })
}

/** Why a hold's bundles come to more than it can take. */
export function tooManyParts({ bundles }: Context, lines: readonly HoldLineRequest[]): Refusal | undefined {
  if (bundles.size === 0) return undefined
  let parts = 0
  for (const line of lines) {
    const components = bundles.get(line.sku) ?? []
    parts += components.length
    const much = components.find(({ quantity }) => quantity * line.quantity > LINE_MAX)
    if (much) return { slug: 'quantity-overflow', detail: `A line would take more than 1,000,000 of ${much.sku}.` }
  }
  if (parts <= HOLD_PARTS_MAX) return undefined
  return { slug: 'quantity-overflow', detail: `Bundles of one hold come to ${HOLD_PARTS_MAX} components at most.` }
}

/** So many of a component, at a price each. */
export interface Share {
  readonly quantity: number
  readonly price: Price
}

/**
 * What of a bundle's price falls on each of its components: pro rata of what their bottles cost by themselves in that channel, or alike for each
 * bottle where some have no price there. With P the bundle's price and w(i) the value of the first i components of n, component i has
 * floor(P w(i) / w(n)) - floor(P w(i-1) / w(n)) minor units; where its bottles do not divide that, some cost one more. So the shares of a bundle come
 * to its price exactly, and no bottle is two minor units from its part.
 */
export function sharesOf(
  { prices }: Pick<Context, 'prices'>,
  components: readonly QuantityLine[],
  { price, channel, quantity: bundles }: { price: Price; channel: string; quantity: number },
): Share[][] {
  const own = components.map(({ sku }) => prices.get(priceKey(sku, channel))?.amountMinor)
  const isPriced = own.every((amount) => amount !== undefined) && own.some((amount) => amount > 0)
  const values = components.map(({ quantity }, at) => BigInt(quantity) * BigInt((isPriced ? own[at] : 1) ?? 1))
  const whole = values.reduce((sum, value) => sum + value, 0n)
  let before = 0n
  return components.map(({ quantity }, at) => {
    const [from, to] = [before, before + (values[at] ?? 0n)]
    before = to
    const upTo = (value: bigint) => Number((BigInt(price.amountMinor) * value) / whole)
    const share = upTo(to) - upTo(from)
    const dearer = share % quantity
    const each = (share - dearer) / quantity
    return [
      { quantity: dearer * bundles, price: { ...price, amountMinor: each + 1 } },
      { quantity: (quantity - dearer) * bundles, price: { ...price, amountMinor: each } },
    ].filter((one) => one.quantity > 0)
  })
}
