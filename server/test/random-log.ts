import fc from 'fast-check'
import type { GoneOffer, Offer } from '@cellarhand/protocol/offer'
import {
  createState,
  createTouched,
  putExpected,
  putLevel,
  putPrice,
  putSettings,
  putSku,
  type State,
} from '../src/replica/state.ts'
import type {
  ChannelState,
  ExpectedRow,
  LevelRow,
  LogChanges,
  PriceRow,
  RecipeState,
  SettingsState,
} from '../src/log/log.ts'

/** Few, so that changes meet; not in the order of their codes, so that pages have something to sort. */
export const skus = ['M-2', 'A-1', 'Z-9', 'B-1', 'M-10', 'a-1', 'C', 'K-7', 'A-10', 'D']
export const locations = ['warehouse', 'shop', 'cellar']
export const channels = ['web', 'shop', 'trade']

const few = fc.nat({ max: 9 })
const sku = fc.constantFrom(...skus)

const level = fc
  .record({
    sku,
    location: fc.constantFrom(...locations),
    states: fc.tuple(few, few, few, few, few, fc.integer({ min: -3, max: 0 }), few, few),
    version: few,
    revision: fc.integer({ min: 1, max: 99 }),
  })
  .map(({ sku, location, states, version, revision }): LevelRow => [sku, location, ...states, version, revision])

const price = fc
  .tuple(
    sku,
    fc.constantFrom(...channels),
    fc.nat({ max: 99_999 }),
    fc.constantFrom('EUR', 'NOK'),
    fc.boolean(),
    fc.boolean(),
  )
  .map((row): PriceRow => row)

const channel = (id: string) =>
  fc.record({
    id: fc.constant(id),
    name: fc.constant(`The ${id}`),
    currency: fc.constant('EUR'),
    duty: fc.constant('paid' as const),
    locations: fc.subarray(locations, { minLength: 1 }),
    safetyStock: fc.nat({ max: 3 }),
    showMax: fc.integer({ min: 1, max: 12 }),
    lowAt: fc.nat({ max: 6 }),
  }) satisfies fc.Arbitrary<ChannelState>

/** Of few SKUs, so that what changes is often of one. */
const recipe = fc
  .record({
    kind: fc.constantFrom('bundle' as const, 'bundle' as const, 'mixed_case' as const),
    sku: fc.constantFrom(...skus.slice(0, 3)),
    components: fc.uniqueArray(
      fc.record({ sku: fc.constantFrom(...skus.slice(3, 6)), quantity: fc.integer({ min: 1, max: 3 }) }),
      { minLength: 1, maxLength: 3, selector: (one) => one.sku },
    ),
  })
  .map((one): RecipeState => one)

const settings = fc
  .tuple(
    fc.uniqueArray(recipe, { maxLength: 2, selector: (one) => one.sku }),
    fc.nat({ max: 9 }),
    fc.subarray(channels, { minLength: 1 }).chain((ids) => fc.tuple(...ids.map(channel))),
  )
  .map(([recipes, version, some]): SettingsState => ({ version, locations: [], channels: some, recipes }))

/** What two orders expect of the wine that is on order, with the level that says so: nothing of it is there, so that its offers show it. */
const ordered = fc
  .record({
    location: fc.constantFrom('shop', 'cellar'),
    incoming: few,
    promised: few,
    rows: fc.array(
      fc.record({
        order: fc.constantFrom('first', 'second'),
        bottles: few,
        atMs: fc.constantFrom(1_000, 2_000, 3_000, null),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ location, incoming, promised, rows }): LogChanges => ({
    levels: [['D', location, 0, 0, 0, 0, 0, 0, incoming, promised, 1, 1]],
    expected: rows.map(({ order, bottles, atMs }): ExpectedRow => [order, 'D', location, bottles, atMs]),
    prices: [['D', 'web', 900, 'EUR', true, true]],
  }))

/** One transaction's changes: mostly levels and prices, seldom another mapping. */
export const anyChanges: fc.Arbitrary<LogChanges> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ levels: fc.array(level, { minLength: 1, maxLength: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ prices: fc.array(price, { minLength: 1, maxLength: 4 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ levels: fc.array(level, { maxLength: 3 }), prices: fc.array(price, { maxLength: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ withdrawn: fc.array(fc.tuple(sku, fc.constantFrom(...channels)), { maxLength: 2 }) }),
  },
  { weight: 2, arbitrary: ordered },
  { weight: 1, arbitrary: fc.record({ settings }) },
  { weight: 1, arbitrary: fc.record({ skus: fc.constant([['NEW', 'wine', 2015, 750, 1] as const]) }) },
)

/** The first transaction of most histories: all three channels. */
export const firstSettings: SettingsState = {
  version: 1,
  locations: [],
  recipes: [
    {
      sku: 'M-2',
      kind: 'bundle',
      components: [
        { sku: 'B-1', quantity: 2 },
        { sku: 'C', quantity: 1 },
      ],
    },
  ],
  channels: channels.map((id) => ({
    id,
    name: id,
    currency: 'EUR',
    duty: 'paid',
    locations: id === 'shop' ? ['shop'] : locations,
    safetyStock: id === 'trade' ? 2 : 0,
    showMax: 12,
    lowAt: 3,
  })),
}

interface At<T> {
  readonly value: T
  readonly position: number
}

/** The same state as the replica keeps, as plainly as can be: what it does is checked against this. */
export interface Model {
  position: number
  levels: Map<string, At<LevelRow>>
  prices: Map<string, At<PriceRow | undefined>>
  expected: Map<string, ExpectedRow>
  settings: At<SettingsState>
  skus: Set<string>
}

/** A model of an empty log. */
export function createModel(): Model {
  const settings = { value: { version: 0, locations: [], channels: [], recipes: [] }, position: 0 }
  return { position: 0, levels: new Map(), prices: new Map(), expected: new Map(), settings, skus: new Set() }
}

/** Applies the next transaction. */
export function applyToModel(model: Model, changes: LogChanges): void {
  const position = ++model.position
  if (changes.settings) model.settings = { value: changes.settings, position }
  for (const { kind, sku: made, components } of changes.settings?.recipes ?? []) {
    if (kind === 'bundle') for (const known of [made, ...components.map((one) => one.sku)]) model.skus.add(known)
  }
  for (const row of changes.skus ?? []) model.skus.add(row[0])
  for (const row of changes.levels ?? []) {
    model.skus.add(row[0])
    model.levels.set(`${row[0]}/${row[1]}`, { value: row, position })
  }
  for (const row of changes.expected ?? []) model.expected.set(row.slice(0, 3).join('/'), row)
  for (const row of changes.prices ?? []) {
    model.skus.add(row[0])
    model.prices.set(`${row[0]}/${row[1]}`, { value: row, position })
  }
  for (const [sku, channel] of changes.withdrawn ?? []) {
    if (model.prices.has(`${sku}/${channel}`)) model.prices.set(`${sku}/${channel}`, { value: undefined, position })
  }
}

/** What a start would read from the database when it stands as the model does: rows in key order, each with the position of its last change. */
export function stateOf(model: Model, epoch: string): State {
  const state = createState({ epoch, position: model.position, horizon: 0 })
  putSettings(state, model.settings.value, model.settings.position, createTouched())
  const sorted = <T>(map: Map<string, T>) => [...map.keys()].toSorted().map((key) => map.get(key) as T)
  for (const sku of model.skus) putSku(state, sku)
  for (const { value, position } of sorted(model.levels)) putLevel(state, value, position, createTouched())
  for (const row of model.expected.values()) if (row[3] > 0) putExpected(state, row)
  for (const { value, position } of sorted(model.prices)) if (value) putPrice(state, value, position, createTouched())
  return state
}

/** An offer by the rules, each in its own words; undefined where there never was one. */
export function modelOffer(model: Model, sku: string, channelId: string, epoch: string): Offer | GoneOffer | undefined {
  const price = model.prices.get(`${sku}/${channelId}`)
  if (price === undefined) return undefined
  const channel = model.settings.value.channels.find(({ id }) => id === channelId)
  const base = Math.max(price.position, model.settings.position)
  if (price.value === undefined || channel === undefined) {
    return { sku, channel: channelId, gone: true, position: `${epoch}.${base}` }
  }
  const bundle = model.settings.value.recipes.find((one) => one.sku === sku && one.kind === 'bundle')
  const levelsOf = (one: string) => channel.locations.flatMap((at) => model.levels.get(`${one}/${at}`) ?? [])
  const levels = bundle ? bundle.components.flatMap((one) => levelsOf(one.sku)) : levelsOf(sku)
  const sum = (one: string, column: 2 | 3 | 8) => levelsOf(one).reduce((total, { value }) => total + value[column], 0)
  const kept = channel.safetyStock
  const setsOf = (...columns: (2 | 3 | 8)[]) =>
    modelSets(
      (bundle?.components ?? []).map((one) => [
        columns.reduce<number>((total, column) => total + sum(one.sku, column), -kept),
        one.quantity,
      ]),
    )
  const sellable = bundle ? setsOf(2) : Math.max(0, sum(sku, 2) - kept)
  const [held, incoming] = bundle ? [setsOf(2, 3), setsOf(2, 3, 8)] : [sum(sku, 3), sum(sku, 8)]
  const status = modelStatus(sellable, held, incoming, channel.lowAt) as Offer['status']
  const dates = bundle ? [] : levels.flatMap(({ value }) => modelDate(model, value))
  return {
    sku,
    channel: channelId,
    available: Math.min(sellable, channel.showMax),
    ...(sellable > channel.showMax ? { capped: true as const } : {}),
    held: bundle ? 0 : held,
    status,
    ...(status === 'coming' && dates.length > 0 ? { expectedAt: new Date(Math.min(...dates)).toISOString() } : {}),
    price: {
      amountMinor: price.value[2],
      currency: price.value[3],
      taxIncluded: price.value[4],
      dutyIncluded: price.value[5],
    },
    position: `${epoch}.${Math.max(base, ...levels.map(({ position }) => position))}`,
  }
}

/** Every bottle on order in a row, those without a date last: the date of the first after those that are promised. */
function modelDate({ expected }: Model, [sku, location, , , , , , , , promised]: LevelRow): number[] {
  const bottles = [...expected.values()]
    .filter((row) => row[1] === sku && row[2] === location)
    .flatMap((row) => Array.from({ length: row[3] }, () => row[4] ?? Infinity))
    .toSorted((a, b) => a - b)
  const date = bottles[promised]
  return date === undefined || date === Infinity ? [] : [date]
}

/** How many sets can be laid out, one after another, until some component is used up. */
function modelSets(piles: readonly (readonly [there: number, each: number])[]): number {
  let sets = 0
  while (piles.every(([there, each]) => there >= each * (sets + 1))) sets += 1
  return sets
}

function modelStatus(sellable: number, held: number, incoming: number, lowAt: number) {
  if (sellable === 0 && held === 0) return incoming > 0 ? 'coming' : 'sold_out'
  if (sellable === 0) return 'all_held'
  return sellable <= lowAt ? 'low' : 'in_stock'
}
