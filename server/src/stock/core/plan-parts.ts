import type { ChannelState } from '../../log/changes.ts'
import { levelKey, type Bundles, type Context } from './context.ts'

/** What a command will look at, known before anything is locked. Keys as `levelKey` and `priceKey` make them; one may come twice. */
export interface Plan {
  readonly levels: readonly string[]
  readonly prices: readonly string[]
  /** Keys as `allotmentKey` makes them: what it draws on or reduces, and so has to know. */
  readonly allotments?: readonly string[]
  /** Keys as `lotKey` makes them: lots that it names and may open. */
  readonly lots?: readonly string[]
  /** Whether it carries lots from one SKU of its levels to another: it has to know those that stand there, under each of these SKUs. */
  readonly carries?: true
  /** Bottles it may take from available, for each of `levels`: more than are there means that holds may have to be revoked. */
  readonly takes: readonly number[]
  /** Whether it may revoke holds. */
  readonly revokes: boolean
  readonly holdId?: string
  readonly commitmentId?: string
  readonly documentId?: string
  /** Whether it serves, or disappoints, those who wait for what is expected at its levels. */
  readonly waited?: true
  /** The reference of an order that it names, or wants for its own. */
  readonly orderRef?: string
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
  readonly bundles: Bundles
  readonly soldAs: Context['soldAs']
  /** Lines of the holds, commitments and documents that commands name: they never change, and may be read unlocked. */
  readonly linesOf: (id: string) => readonly { readonly sku: string; readonly location: string }[]
  /** The id of the order that somebody names, where there is one: as with lines, it never changes. */
  readonly orderOf: (orderRef: string) => string | undefined
}

interface Named {
  readonly sku: string
  readonly location: string
}

export const none: readonly never[] = []

/** A command that looks at these levels. */
export function named(levels: readonly Named[]): Plan {
  return {
    levels: levels.map(({ sku, location }) => levelKey(sku, location)),
    prices: none,
    takes: none,
    revokes: false,
    counts: none,
  }
}

/** The same of lines at one location. */
export function at(location: string, lines: readonly { readonly sku: string }[]): Plan {
  return named(lines.map(({ sku }) => ({ sku, location })))
}
