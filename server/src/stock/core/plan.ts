import type { ChannelState } from '../../log/changes.ts'
import type { Command } from './command.ts'
import { levelKey, priceKey } from './context.ts'

/** What a command will look at, known before anything is locked. Keys as `levelKey` and `priceKey` make them. */
export interface Plan {
  readonly levels: ReadonlySet<string>
  readonly prices: ReadonlySet<string>
  /** Bottles it may take from available, by level: more than are there means that holds may have to be revoked. */
  readonly takes: ReadonlyMap<string, number>
  /** Whether it may revoke holds. */
  readonly revokes: boolean
  readonly holdId?: string
  readonly commitmentId?: string
  /** Count lines; those of the past, which say when they were, need to know what happened after them. */
  readonly counts: readonly CountPlan[]
}

export interface CountPlan {
  readonly sku: string
  readonly location: string
  readonly counted: number
  readonly occurredAtUs: number | undefined
}

export interface PlanContext {
  readonly channels: ReadonlyMap<string, ChannelState>
  /** Lines of the holds and commitments that commands name: they never change, and may be read unlocked. */
  readonly linesOf: (id: string) => readonly { readonly sku: string; readonly location: string }[]
}

interface Named {
  readonly sku: string
  readonly location: string
  readonly take?: number
}

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
      return { ...named(context.linesOf(command.commitmentId)), commitmentId: command.commitmentId }
    case 'receive':
      return named(command.lines.map(({ sku }) => ({ sku, location: command.location })))
    case 'sale':
    case 'writeOff':
      return {
        ...named(command.lines.map(({ sku, quantity }) => ({ sku, location: command.location, take: quantity }))),
        revokes: true,
      }
    case 'count':
      return planCount(command)
    case 'adjust':
      return named([{ sku: command.sku, location: command.location, take: Math.max(0, -command.delta) }])
    case 'setPrice':
      return planPrices(context, command)
  }
}

function named(levels: readonly Named[]): Plan {
  const takes = new Map<string, number>()
  const keys = new Set<string>()
  for (const { sku, location, take } of levels) {
    const key = levelKey(sku, location)
    keys.add(key)
    if (take) takes.set(key, (takes.get(key) ?? 0) + take)
  }
  return { levels: keys, prices: new Set(), takes, revokes: false, counts: [] }
}

function planHold(context: PlanContext, command: Extract<Command, { kind: 'hold' }>): Plan {
  const levels = command.lines.flatMap((line) =>
    // A location outside the channel is refused without a look at it, so it is not made a level of.
    (context.channels.get(line.channel)?.locations ?? [])
      .filter((location) => line.location === undefined || line.location === location)
      .map((location) => ({ sku: line.sku, location, take: line.quantity })),
  )
  return { ...named(levels), prices: new Set(command.lines.map((line) => priceKey(line.sku, line.channel))) }
}

function planCount(command: Extract<Command, { kind: 'count' }>): Plan {
  const { location, occurredAtMs } = command
  const occurredAtUs = occurredAtMs === undefined ? undefined : occurredAtMs * 1000
  return {
    ...named(command.lines.map(({ sku }) => ({ sku, location }))),
    revokes: true,
    counts: command.lines.map(({ sku, counted }) => ({ sku, location, counted, occurredAtUs })),
  }
}

function planPrices(context: PlanContext, command: Extract<Command, { kind: 'setPrice' }>): Plan {
  return named(
    command.lines.flatMap(({ sku, channel }) =>
      (context.channels.get(channel)?.locations ?? []).map((location) => ({ sku, location })),
    ),
  )
}
