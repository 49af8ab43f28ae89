import type { Meaning } from './meanings.ts'

const sku = 'the SKU, `catalogue.skus.sku`'
const location = 'the id of its location'
const channel = 'the id of its channel'
const bottles = 'units of the SKU: bottles, or whole cases'
const duty = '`paid` or `in_bond`'
const price = {
  amount_minor: 'the price of one, in minor units of the currency: 1250 is 12.50 EUR',
  currency: 'ISO 4217',
  tax_included: 'whether tax is in the price',
  duty_included: 'whether duty is in the price',
}
const line = 'its place within, from 0'
const allotment = 'what it is set aside for: a marketplace, a club, a campaign'
const lot = 'the lot’s id, `stock.lots.id`; empty: of no lot'
const bin = 'where they lie within the location; empty: in no bin'
const drawn = {
  allotment: 'the allotment it was drawn from, if it was',
  pending: `of these expected and not there yet; ${bottles}`,
  bundle: 'the bundle that it is a component of, if it is',
  bundles: 'how many of that bundle were asked for',
}

/** What the tables of stock mean. Terms are those of docs/concepts.md. */
export const stockMeanings: Readonly<Record<string, Meaning>> = {
  'stock.allotments': {
    about: 'Bottles set aside for a purpose: what `allocated` of a level consists of.',
    columns: { allotment, sku, location, quantity: `left in it; ${bottles}` },
  },
  'stock.answer_periods': {
    about: 'When each period of answers began.',
    columns: { period: 'its number', begun_at: 'when' },
  },
  'stock.answers': {
    about: 'What entries were answered, and under which idempotency key, as long as that is remembered.',
    columns: {
      entry: '`stock.entries.id`',
      period: 'when it was written, `stock.answer_periods.period`',
      caller: 'who asked: the scope of the key',
      operation: 'what was called: the scope of the key',
      key: 'the idempotency key; null for what the server does by itself',
      body_digest: 'the first 128 bits of the SHA-256 of the command as it was understood',
      status: 'the HTTP status that was answered',
      answer: 'the body that was answered, a text of JSON without the position',
    },
  },
  'stock.channels': {
    about: 'Where it is sold: web, shop, club, trade.',
    columns: {
      id: 'its short name',
      name: 'as people call it',
      currency: 'of its prices, ISO 4217',
      duty,
      locations: 'ids of the locations that it sells from, in the order they are tried',
      safety_stock: `of each SKU never offered; ${bottles}`,
      show_max: 'more than so many are shown as "so many and more"',
      low_at: 'so many or fewer are shown as low',
    },
  },
  'stock.commitment_lines': {
    about: 'What was sold, line by line. Outstanding is quantity less shipped less cancelled.',
    columns: {
      commitment_id: '`stock.commitments.id`',
      line,
      sku,
      location,
      channel,
      quantity: `sold; ${bottles}`,
      shipped: `of these shipped; ${bottles}`,
      cancelled: `of these cancelled; ${bottles}`,
      returned: `of those shipped, so many came back; ${bottles}`,
      ...price,
      ...drawn,
    },
  },
  'stock.commitments': {
    about: 'Confirmed sales: what a hold becomes.',
    columns: {
      id: 'that of its hold',
      hold_id: '`stock.holds.id`',
      created_at: 'when it was confirmed',
      customer: 'whoever the caller said it is for',
      reference: 'the caller’s own number, of an order say',
      entry: 'the journal entry that made it, `stock.entries.id`',
    },
  },
  'stock.counts': {
    about: 'What was counted, line by line, also where it moved nothing.',
    columns: {
      sku,
      location,
      entry: 'the journal entry of the count, `stock.entries.id`',
      line,
      counted: `found; ${bottles}`,
      occurred_at: 'when it was counted',
      source: 'who counted under which key: breaks the tie of two counts of one instant',
    },
  },
  'stock.documents': {
    about:
      'What goes on for longer than one entry: transfers, clearances, orders. Each as it is now; its entries say how it came to that.',
    columns: {
      id: 'its id',
      kind: 'what it is: `transfer`, `clearance`, …',
      state: 'how it stands',
      reference: 'the caller’s own number',
      created_at: 'when it was made',
      entry: 'the journal entry that made it, `stock.entries.id`',
      changed_by: 'the journal entry that changed it last',
      version: 'grows by one with every change',
      levels: 'the levels it stands on, each `sku@location`',
      body: 'all else, as the API shows it; times in it are milliseconds since 1970, UTC',
    },
  },
  'stock.entries': {
    about: 'The journal: one row for the effect of one command.',
    columns: {
      id: 'the number of its batch × 1,024 + its place there; ids rise with time',
      kind: 'what was done: `hold`, `receive`, `count`, …',
      caller: 'who asked',
      actor: 'who is said to have done it',
      occurred_at: 'when it happened',
      recorded_at: 'when it was recorded',
      reference: 'the caller’s own number',
      reason: 'why, where that was asked for',
      clamped: 'it was said to happen in the future, and was set to when it was recorded',
      rebased: 'a count from after it was known already',
      document: 'what it was about, `stock.documents.id`',
    },
  },
  'stock.hold_lines': {
    about: 'What holds claim, level by level.',
    columns: {
      hold_id: '`stock.holds.id`',
      line,
      request_line: 'the line of the request that it fills, from 0; one may be filled from several locations',
      sku,
      location,
      channel,
      quantity: `claimed; ${bottles}`,
      ...price,
      entry: 'the journal entry that made it, `stock.entries.id`',
      freed: 'whether the bottles went back, or on',
      ...drawn,
    },
  },
  'stock.holds': {
    about: 'Temporary claims, all or nothing.',
    columns: {
      id: 'its id',
      state: '`active`, `revoked`, `released`, `expired` or `committed`',
      created_at: 'when it was made',
      expires_at: 'when it ends, if nothing ends it before',
      customer: 'whoever the caller said it is for',
      entry: 'the journal entry that made it, `stock.entries.id`',
      ended_by: 'the journal entry that ended it; null while it is active',
      loose: 'revoked at one level, and its lines elsewhere not freed yet',
    },
  },
  'stock.levels': {
    about:
      'One SKU at one location. On hand = available + held + committed + allocated + quarantined + short. Each is the sum of its movements. All in units of the SKU: bottles, or whole cases.',
    columns: {
      sku,
      location,
      available: 'sellable now',
      held: 'claimed by holds',
      committed: 'sold, not yet shipped',
      allocated: 'set aside',
      quarantined: 'there but not sellable',
      short: 'zero or below: promised but not there',
      incoming: 'expected and not promised; not there',
      incoming_committed: 'expected and promised; not there',
      version: 'grows with physical changes',
      revision: 'grows with every change',
      counted_at: 'when it was last counted; null if never',
      counted_by: 'who counted under which key: breaks the tie of two counts of one instant',
      batch: 'the batch that last changed it',
    },
  },
  'stock.locations': {
    about: 'Where bottles stand.',
    columns: {
      id: 'its short name',
      name: 'as people call it',
      kind: '`shop`, `warehouse`, `cellar`, `bar` or `bonded`',
      duty,
      owner: 'whose bottles stand there; `house` is your own',
    },
  },
  'stock.lots': {
    about: 'Bottles of a SKU that came together.',
    columns: {
      sku,
      id: 'its number, one for a SKU',
      opened_at: 'when it was opened',
      entry: 'the journal entry that opened it, `stock.entries.id`',
      supplier: 'who they came from',
      cost_minor: 'what one cost, in minor units of the currency',
      currency: 'of the cost, ISO 4217',
      condition: 'in what condition they came',
      provenance: 'where they have been before',
      drink_by: 'the last year to drink them in',
    },
  },
  'stock.movements': {
    about:
      'The lines of the journal: so many of a SKU at a location from one account to another. Accounts are the states of a level (`available`, `held`, …) and the world outside: `supplier`, `customer`, `variance`, `adjustment`, `loss:` with its reason.',
    columns: {
      sku,
      entry: 'its journal entry, `stock.entries.id`',
      line,
      location,
      from_account: 'where they were taken from',
      to_account: 'where they went',
      quantity: bottles,
      physical: 'whether bottles came or went',
      occurred_at: 'when it happened',
    },
  },
  'stock.notes': {
    about: 'What was seen of bottles that were put in quarantine or taken out of it.',
    columns: {
      entry: 'the journal entry, `stock.entries.id`',
      line,
      sku,
      location,
      condition: 'what was seen',
      photos: 'addresses of photos, which are kept elsewhere',
    },
  },
  'stock.parcel_moves': {
    about: 'The journal of parcels: a parcel is the sum of its moves.',
    columns: {
      sku,
      entry: 'the journal entry, `stock.entries.id`',
      line,
      location,
      lot,
      bin,
      delta: `came, or (below zero) left; ${bottles}`,
    },
  },
  'stock.parcels': {
    about:
      'Which bottles of a level lie where: so many of a lot in a bin. What a level has beyond its parcels is of no lot and in no bin.',
    columns: { sku, location, lot, bin, quantity: bottles },
  },
  'stock.price_changes': {
    about: 'Every price that was ever set.',
    columns: { sku, channel, entry: 'the journal entry that set it, `stock.entries.id`', line, ...price },
  },
  'stock.prices': {
    about: 'Prices as they are.',
    columns: {
      sku,
      channel,
      ...price,
      revision: 'grows with every change',
      batch: 'the batch that last set it',
    },
  },
  'stock.recipes': {
    about: 'What a SKU is made of that is not bottles of one wine, or of which SKU it is a lot that is sold by itself.',
    columns: {
      sku,
      kind: '`bundle`, which stands nowhere, `mixed_case`, which is built, or `lot`, which is bottles of one lot',
      components: 'what one of it is made of: SKUs, each with its quantity',
      lot: 'of a lot: its id under its only component, `stock.lots.id`',
    },
  },
  'stock.settings': {
    about: 'One row: the version of the locations and channels.',
    columns: { single: 'always true', version: 'grows with every change of a location or channel' },
  },
  'stock.shortfalls': {
    about: 'Each change of what a level is short of, for staff.',
    columns: {
      entry: 'the journal entry that brought it about, `stock.entries.id`',
      sku,
      location,
      delta: `what was added; below zero where more are missing; ${bottles}`,
      short: `what the level was short of after it, zero or below; ${bottles}`,
      at: 'when',
    },
  },
}
