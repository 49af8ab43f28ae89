import type { ChannelState, LocationState, SettingsState } from '../../log/changes.ts'
import type { StateAccount } from './accounts.ts'
import type { ParcelState } from './parcels.ts'
import type { Price, QuantityLine } from './command.ts'
import type { DocumentRecord } from './document.ts'
import type { SalesPolicy } from './sales-policy.ts'

/** A level under its lock. Quantities in bottles (or cases) of the SKU; times in microseconds since 1970. */
export interface LevelState extends Record<StateAccount, number> {
  /** `levelKey` of the two behind it. */
  readonly key: string
  readonly sku: string
  readonly location: string
  version: number
  revision: number
  /** When the latest count happened; null before the first. */
  countedAtUs: number | null
  /** What orders two counts of one instant. */
  countedBy: string | null
}

export interface HoldLineState {
  readonly line: number
  readonly requestLine: number
  readonly sku: string
  readonly location: string
  readonly channel: string
  readonly quantity: number
  readonly price: Price
  freed: boolean
  /** The allotment it was drawn from. */
  readonly allotment: string | undefined
  /** Bottles of it that are expected and not there yet. */
  pending: number
  /** What was asked for, where this is a component of it. */
  readonly bundle: QuantityLine | undefined
}

export interface HoldRecord {
  readonly id: string
  state: 'active' | 'revoked' | 'released' | 'expired' | 'committed'
  readonly createdAtUs: number
  expiresAtUs: number
  readonly customer: string | undefined
  /** The entry that made it: entries grow, so the newest hold has the highest. */
  readonly entry: number
  /** Revoked at one level, lines elsewhere not yet freed. */
  loose: boolean
  readonly lines: HoldLineState[]
}

export interface CommitmentLineState {
  readonly line: number
  readonly sku: string
  readonly location: string
  readonly channel: string
  readonly quantity: number
  shipped: number
  cancelled: number
  /** Of what was shipped, what came back. */
  returned: number
  readonly price: Price
  readonly allotment: string | undefined
  /** Bottles of it that are expected and not there yet: they cannot be shipped. */
  pending: number
  readonly bundle: QuantityLine | undefined
}

export interface CommitmentRecord {
  readonly id: string
  readonly holdId: string
  readonly createdAtUs: number
  readonly customer: string | undefined
  readonly reference: string | undefined
  readonly lines: CommitmentLineState[]
}

/** Bottles of one SKU that came together, and what is known of them. Never changes. */
export interface LotRecord {
  readonly id: string
  readonly sku: string
  readonly openedAtUs: number
  readonly supplier: string | undefined
  /** For a bottle (or a case of a SKU that is one), in minor units of its currency. */
  readonly costMinor: number | undefined
  readonly currency: string | undefined
  readonly condition: string | undefined
  readonly provenance: string | undefined
  /** The last year it is to be drunk in. */
  readonly drinkBy: number | undefined
}

/** Bottles that came (above zero) or went (below) at a level at an instant. */
export interface PhysicalChange {
  readonly occurredAtUs: number
  readonly delta: number
}

/** A bundle is sold, and stands nowhere: what of it is held, sold or moved are its components. By SKU. */
export type Bundles = ReadonlyMap<string, readonly QuantityLine[]>

/** Of which SKU a lot is that is sold by itself, and which. */
export interface SoldLot {
  readonly of: string
  readonly lot: string
}

/** Lots that are sold by themselves, by the SKU they are sold as: their bottles stand under that. */
export type SoldLots = ReadonlyMap<string, SoldLot>

/** All that a decision may look at: locked, and therefore true. Decisions read it; `evolve` alone changes it. */
export interface Context {
  readonly settings: SettingsState
  readonly channels: ReadonlyMap<string, ChannelState>
  readonly locations: ReadonlyMap<string, LocationState>
  readonly bundles: Bundles
  readonly soldLots: SoldLots
  /** By `lotKey`: what a lot is sold as. */
  readonly soldAs: ReadonlyMap<string, string>
  /** The longest a hold may live, extensions included, in seconds. */
  readonly holdLifeMaxS: number
  readonly policy: SalesPolicy
  readonly levels: Map<string, LevelState>
  readonly holds: Map<string, HoldRecord>
  readonly commitments: Map<string, CommitmentRecord>
  readonly documents: Map<string, DocumentRecord>
  /** Ids of orders by the caller's reference. Only those that a command of the batch names. */
  readonly orders: Map<string, string>
  readonly prices: Map<string, Price>
  /** By level key: its parcels, where bottles may come or go. */
  readonly parcels: Map<string, readonly ParcelState[]>
  /** By `lotKey`: the lots that commands name. */
  readonly lots: Map<string, LotRecord>
  /** By `allotmentKey`: bottles left in it. Only those that a command of the batch draws on or reduces. */
  readonly allotments: Map<string, number>
  /** By `levelKey@occurredAtUs` of each count line: the physical changes after it that the journal knows, summed. */
  readonly journalAfter: ReadonlyMap<string, number>
  /** By level key: physical changes of this batch, not yet in the journal. */
  readonly batchPhysical: Map<string, PhysicalChange[]>
}

export function levelKey(sku: string, location: string): string {
  return `${sku}@${location}`
}

export function priceKey(sku: string, channel: string): string {
  return `${sku}@${channel}`
}

export function allotmentKey(allotment: string, levelKeyOf: string): string {
  return `${allotment}@${levelKeyOf}`
}

/** Lots are named by SKU: one number may be on the cases of several wines. */
export function lotKey(sku: string, lot: string): string {
  return `${lot}@${sku}`
}

/** A level nothing has happened to. */
export function emptyLevel(sku: string, location: string): LevelState {
  return {
    key: levelKey(sku, location),
    sku,
    location,
    available: 0,
    held: 0,
    committed: 0,
    allocated: 0,
    quarantined: 0,
    short: 0,
    incoming: 0,
    incomingCommitted: 0,
    version: 0,
    revision: 0,
    countedAtUs: null,
    countedBy: null,
  }
}

/** A copy to work on. Written out: a spread takes several times as long, and every command copies its levels. */
export function copyOf(level: LevelState): LevelState {
  return {
    key: level.key,
    sku: level.sku,
    location: level.location,
    available: level.available,
    held: level.held,
    committed: level.committed,
    allocated: level.allocated,
    quarantined: level.quarantined,
    short: level.short,
    incoming: level.incoming,
    incomingCommitted: level.incomingCommitted,
    version: level.version,
    revision: level.revision,
    countedAtUs: level.countedAtUs,
    countedBy: level.countedBy,
  }
}

/** Bottles physically there, as the books have it. */
export function onHand(level: LevelState): number {
  return level.available + level.held + level.committed + level.allocated + level.quarantined + level.short
}

type SettingsContext = Pick<Context, 'settings' | 'channels' | 'locations' | 'bundles' | 'soldLots' | 'soldAs'>

/** What was indexed last: each batch asks twice, and settings change a few times a day. */
let lastIndexed: SettingsContext | undefined

/** Indexes settings for decisions. */
export function settingsContext(settings: SettingsState): SettingsContext {
  if (lastIndexed?.settings === settings) return lastIndexed
  const soldLots = soldLotsOf(settings.recipes)
  lastIndexed = {
    settings,
    channels: new Map(settings.channels.map((channel) => [channel.id, channel])),
    locations: new Map(settings.locations.map((location) => [location.id, location])),
    bundles: new Map(
      settings.recipes.flatMap(({ sku, kind, components }) => (kind === 'bundle' ? [[sku, components] as const] : [])),
    ),
    soldLots,
    soldAs: new Map([...soldLots].map(([sku, { of, lot }]) => [lotKey(of, lot), sku])),
  }
  return lastIndexed
}

/** Recipes of lots that are sold by themselves. */
export function soldLotsOf(recipes: SettingsState['recipes']): SoldLots {
  return new Map(
    recipes.flatMap(({ sku, components: [component], lot }) =>
      component !== undefined && lot !== undefined ? [[sku, { of: component.sku, lot }] as const] : [],
    ),
  )
}
