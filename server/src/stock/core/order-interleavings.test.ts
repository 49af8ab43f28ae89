import { expect, test } from 'vitest'
import { openWorld, type CellarWorld } from '../../../test/cellar-world.ts'
import { must } from '../../platform/must.ts'
import type { Command } from './command.ts'
import type { OrderBody } from './order.ts'

/** What of a SKU became what, as one would count on one's fingers. */
interface Fate {
  readonly here: number
  readonly shipped: number
  readonly collected: number
  readonly cancelled: number
  readonly returned: number
}
type Fates = Readonly<Record<'A' | 'B', Fate>>
type Move = (fate: Fate, quantity: number) => Fate

const sold: Fates = {
  A: { here: 2, shipped: 0, collected: 0, cancelled: 0, returned: 0 },
  B: { here: 1, shipped: 0, collected: 0, cancelled: 0, returned: 0 },
}

const out =
  (way: 'shipped' | 'collected' | 'cancelled'): Move =>
  (fate, quantity) => ({ ...fate, here: fate.here - quantity, [way]: fate[way] + quantity })
const back: Move = (fate, quantity) => ({ ...fate, returned: fate.returned + quantity })
const hereOf = ({ here }: Fate) => here
const outsideOf = ({ shipped, collected, returned }: Fate) => shipped + collected - returned

interface Step {
  readonly name: string
  readonly command: (documentId: string) => Command
  /** Undefined: it has to be refused. */
  readonly after: (fates: Fates) => Fates | undefined
}

/** One act on one bottle of each SKU, and on all there is. */
function steps(name: string, of: (fate: Fate) => number, move: Move, command: (id: string) => Command): Step[] {
  const one = (sku: 'A' | 'B'): Step => ({
    name: `${name} 1 ${sku}`,
    command: (id) => ({ ...command(id), lines: [{ sku, quantity: 1 }] }) as Command,
    after: (fates) => (of(fates[sku]) >= 1 ? { ...fates, [sku]: move(fates[sku], 1) } : undefined),
  })
  const all: Step = {
    name: `${name} all`,
    command,
    after: ({ A, B }) => (of(A) + of(B) > 0 ? { A: move(A, of(A)), B: move(B, of(B)) } : undefined),
  }
  return [one('A'), one('B'), all]
}

/** A till tells of what it has sold, order or not: never refused, and nothing of the order where nothing is left. */
const atTill: Step = {
  name: 'till 1 A',
  command: (orderRef) => ({ kind: 'sale', location: 'shop', orderRef, lines: [{ sku: 'A', quantity: 1 }] }),
  after: (fates) => (fates.A.here > 0 ? { ...fates, A: out('collected')(fates.A, 1) } : fates),
}

const everything: readonly Step[] = [
  ...steps('ship', hereOf, out('shipped'), (documentId) => ({ kind: 'shipOrder', documentId, tracking: {} })),
  ...steps('collect', hereOf, out('collected'), (documentId) => ({ kind: 'collectOrder', documentId })),
  ...steps('cancel', hereOf, out('cancelled'), (documentId) => ({ kind: 'cancelOrder', documentId })),
  ...steps('return', outsideOf, back, (documentId) => ({ kind: 'returnOrder', documentId })),
  ...steps('reinstate', outsideOf, back, (documentId) => ({ kind: 'returnOrder', documentId, to: 'available' })),
  atTill,
]

/** A world in which these were done, in this order. */
function after(path: readonly Step[]): { world: CellarWorld; id: string } {
  const world = openWorld({ 'A@shop': { available: 9 }, 'B@shop': { available: 9 } })
  const lines = [
    { sku: 'A', quantity: 2, channel: 'counter' },
    { sku: 'B', quantity: 1, channel: 'counter' },
  ]
  world.done({ kind: 'hold', ttlSeconds: 60, lines })
  const id = world.lastHold()
  world.done({ kind: 'order', holdId: id, terms: { fulfilment: 'ship', destination: { country: 'DE' } } })
  for (const step of path) world.done(step.command(id))
  return { world, id }
}

/** The bottles of the order and of the shop, as the world has them. */
function seen({ world, id }: { world: CellarWorld; id: string }) {
  const { body } = must(world.context.documents.get(id), 'the order')
  const { lines } = body as OrderBody
  const fates = lines.map(({ sku, quantity, shipped, collected, cancelled, returned }) => [
    sku,
    { here: quantity - shipped - collected - cancelled, shipped, collected, cancelled, returned },
  ])
  return Object.fromEntries(fates) as Fates
}

/** Where it stands when bottles have gone: said again, in other words than the code's. */
function stateFor({ A, B }: Fates): string {
  const sum = (of: (fate: Fate) => number) => of(A) + of(B)
  if (sum(hereOf) > 0) return 'placed'
  if (sum(({ cancelled }) => cancelled) === 3) return 'cancelled'
  if (sum(outsideOf) === 0) return 'returned'
  return sum(({ shipped }) => shipped) > 0 ? 'shipped' : 'collected'
}

/** Every path is walked again from its beginning: a minute, where other tests run beside it. */
const PATIENCE_MS = 240_000

test(
  'partial shipments, collections, cancellations and returns come out right in whatever order they come',
  () => {
    const reached = new Map<string, { path: readonly Step[]; fates: Fates }>()
    const frontier: { path: readonly Step[]; fates: Fates }[] = [{ path: [], fates: sold }]
    for (let at = frontier.pop(); at; at = frontier.pop()) {
      for (const step of everything) {
        const { world, id } = after(at.path)
        const decision = world.tell(step.command(id))
        const fates = step.after(at.fates)
        const how = [...at.path, step].map(({ name }) => name).join(', ')
        expect(decision.kind, `${how}`).toBe(fates ? 'effect' : 'refusal')
        expect(seen({ world, id }), `${how}`).toEqual(fates ?? at.fates)
        expect(world.context.documents.get(id)?.state, `${how}`).toBe(stateFor(fates ?? at.fates))
        world.audit()
        const key = JSON.stringify(fates)
        if (!fates || reached.has(key)) continue
        const found = { path: [...at.path, step], fates }
        reached.set(key, found)
        frontier.push(found)
      }
    }
    // None is missing.
    expect(reached.size).toBe(EVERY_FATE)
  },
  PATIENCE_MS,
)

/** Of n bottles s shipped, c collected, x cancelled, and up to s + c returned: 20 ways for two, 6 for one, less the beginning, which nothing leads back to. */
const EVERY_FATE = 20 * 6 - 1
