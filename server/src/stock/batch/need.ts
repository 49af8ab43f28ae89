import { settingsContext } from '../core/context.ts'
import type { Command } from '../core/command.ts'
import { planOf } from '../core/plan.ts'
import type { Plan } from '../core/plan-parts.ts'
import type { Pending } from './pending.ts'
import type { BatchEnvironment } from './transaction.ts'

/** The plan of every command. */
export function plansOf(
  environment: Pick<BatchEnvironment, 'settings' | 'lines' | 'orders'>,
  batch: readonly Pick<Pending, 'command'>[],
): Plan[] {
  const { channels, bundles, soldAs } = settingsContext(environment.settings)
  const context = {
    channels,
    bundles,
    soldAs,
    linesOf: (id: string) => environment.lines.get(id) ?? [],
    orderOf: (orderRef: string) => environment.orders.get(orderRef),
  }
  const locations = new Set(environment.settings.locations.map((location) => location.id))
  return batch.map(({ command }) => {
    // A level is made only at a location that exists; the decision refuses the others without a look at them.
    if (placesOf(command).some((location) => !locations.has(location))) return nowhere
    return planOf(context, command)
  })
}

function placesOf(command: Command): string[] {
  if ('location' in command) return command.location === undefined ? [] : [command.location]
  return 'toLocation' in command ? [command.fromLocation, command.toLocation] : []
}

const nowhere: Plan = { levels: [], prices: [], takes: [], revokes: false, counts: [] }

export interface Need {
  readonly levels: readonly string[]
  readonly prices: readonly string[]
  readonly allotments: readonly string[]
  /** Levels whose parcels have to be known. */
  readonly parcels: readonly string[]
  readonly lots: readonly string[]
  /** Levels whose lots are carried from one SKU to another. */
  readonly carried: readonly string[]
  readonly holds: readonly string[]
  readonly commitments: readonly string[]
  readonly documents: readonly string[]
  /** References that orders have, or that commands want for theirs. */
  readonly orderRefs: readonly string[]
  readonly counts: readonly { readonly sku: string; readonly location: string; readonly occurredAtUs: number }[]
  /** Indexes of commands that have a key. */
  keyed: number[]
}

/** Kinds that leave every bottle where it is: parcels need not be known for them. */
const staysPut: ReadonlySet<Command['kind']> = new Set([
  ...(['hold', 'extend', 'release', 'expire', 'free', 'commit'] as const),
  ...(['setPrice', 'allocate', 'deallocate', 'quarantine', 'reinstate', 'pour', 'discard'] as const),
  ...(['purchase', 'cancelPurchase', 'reschedulePurchase'] as const),
  ...(['order', 'payOrder', 'pickOrder', 'readyOrder', 'deliverOrder'] as const),
])

export function needOf(plans: readonly Plan[], batch: readonly Pick<Pending, 'command'>[]): Need {
  const levels = new Set<string>()
  const prices = new Set<string>()
  const allotments = new Set<string>()
  const parcels = new Set<string>()
  const lots = new Set<string>()
  const carried = new Set<string>()
  const holds = new Set<string>()
  const commitments = new Set<string>()
  const documents = new Set<string>()
  const orderRefs = new Set<string>()
  for (const [index, plan] of plans.entries()) {
    for (const key of plan.levels) levels.add(key)
    const kind = batch[index]?.command.kind
    if (kind !== undefined && !staysPut.has(kind)) for (const key of plan.levels) parcels.add(key)
    if (plan.carries) for (const key of plan.levels) carried.add(key)
    if (plan.lots) for (const key of plan.lots) lots.add(key)
    for (const key of plan.prices) prices.add(key)
    if (plan.allotments) for (const key of plan.allotments) allotments.add(key)
    if (plan.holdId !== undefined) holds.add(plan.holdId)
    if (plan.commitmentId !== undefined) commitments.add(plan.commitmentId)
    if (plan.documentId !== undefined) documents.add(plan.documentId)
    if (plan.orderRef !== undefined) orderRefs.add(plan.orderRef)
  }
  return {
    levels: [...levels],
    prices: [...prices],
    allotments: [...allotments],
    parcels: [...parcels],
    lots: [...lots],
    carried: [...carried],
    holds: [...holds],
    commitments: [...commitments],
    documents: [...documents],
    orderRefs: [...orderRefs],
    counts: plans.flatMap((plan) =>
      plan.counts.flatMap((count) =>
        count.occurredAtUs === undefined ? [] : [{ ...count, occurredAtUs: count.occurredAtUs }],
      ),
    ),
    keyed: [],
  }
}
