import type { Account } from './accounts.ts'
import type { Command, CommandKind, Price } from './command.ts'
import type { CommitmentRecord, HoldRecord, LevelState, LotRecord } from './context.ts'
import type { DocumentRecord } from './document.ts'
import type { Refusal } from './refusal.ts'

/** A command with what the shell gives it: its entry, its instant, an id for what it may create, and who it comes from. */
export interface Ask {
  readonly command: Command
  /** The journal entry it will have: grows in the order of decisions. */
  readonly entry: number
  /** Its instant, microseconds since 1970: the batch's time and its index, so that no two commands of a batch share one. */
  readonly atUs: number
  /** A fresh id, should it create a hold. */
  readonly id: string
  /** Orders facts of one kind and instant: the caller and its key. */
  readonly source: string
}

/** So many bottles of a SKU at a location from one account to another. */
export interface MovementLine {
  readonly sku: string
  readonly location: string
  readonly from: Account
  readonly to: Account
  readonly quantity: number
}

export interface ShortfallLine {
  readonly sku: string
  readonly location: string
  readonly delta: number
  readonly short: number
}

/** Bottles that came to an allotment, or (below zero) were drawn from it. */
export interface AllotmentLine {
  readonly allotment: string
  readonly sku: string
  readonly location: string
  readonly delta: number
}

/** Bottles that came to a parcel (a lot in a bin), or (below zero) left it. */
export interface ParcelLine {
  readonly sku: string
  readonly location: string
  /** Empty: of no lot. */
  readonly lot: string
  /** Empty: in no bin. */
  readonly bin: string
  readonly delta: number
}

/** What was seen of the bottles of a line. */
export interface NoteLine {
  readonly sku: string
  readonly location: string
  readonly condition: string | undefined
  readonly photos: readonly string[]
}

export interface PriceLine {
  readonly sku: string
  readonly channel: string
  readonly price: Price
}

/** What a count found at a level, and what orders it among counts of its instant. */
export interface CountLine {
  readonly sku: string
  readonly location: string
  readonly counted: number
  readonly source: string
}

/** What a granted command or a recorded fact does. States are those after it. */
export interface Effect {
  readonly kind: CommandKind
  readonly entry: number
  readonly occurredAtUs: number
  readonly recordedAtUs: number
  readonly reference: string | undefined
  readonly reason: string | undefined
  readonly clamped: boolean
  readonly rebased: boolean
  readonly movements: readonly MovementLine[]
  /** Levels it touched, after it. */
  readonly levels: readonly LevelState[]
  readonly newHold: HoldRecord | undefined
  /** Holds it changed. */
  readonly holds: readonly HoldRecord[]
  readonly freed: readonly { readonly holdId: string; readonly line: number }[]
  readonly newCommitment: CommitmentRecord | undefined
  /** Commitments of which it shipped, cancelled or served lines. */
  readonly commitments: readonly CommitmentRecord[]
  /** What it is about and has made or changed. A version of 1 is of one that it made. */
  readonly document: DocumentRecord | undefined
  readonly prices: readonly PriceLine[]
  readonly allotments: readonly AllotmentLine[]
  readonly parcels: readonly ParcelLine[]
  /** Lots it opened. */
  readonly lots: readonly LotRecord[]
  readonly notes: readonly NoteLine[]
  readonly counts: readonly CountLine[]
  readonly shortfalls: readonly ShortfallLine[]
  readonly status: number
  /** The answer without its position, which is known only at the commit. */
  readonly answer: object
}

export type Decision =
  | { readonly kind: 'effect'; readonly effect: Effect }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | { readonly kind: 'nothing' }

export function refuse(slug: Refusal['slug'], detail: string, members?: Refusal['members']): Decision {
  return { kind: 'refusal', refusal: members ? { slug, detail, members } : { slug, detail } }
}

export const nothing: Decision = { kind: 'nothing' }
