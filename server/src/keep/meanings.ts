import { stockMeanings } from './stock-meanings.ts'

/** What a table holds and what each of its columns means, for who reads an export. */
export interface Meaning {
  readonly about: string
  /** By name; `undefined` for a table or column of a later version. A test holds this to PostgreSQL's catalog, so that none is forgotten. */
  readonly columns: Readonly<Record<string, string>>
}

const wine = 'the id of its wine, `catalogue.wines.id`'
const vintage = 'a year; 0 is NV, without a vintage'

/** By table. docs/export.md and every manifest are printed from here. */
export const meanings: Readonly<Record<string, Meaning>> = {
  'access.audit': {
    about: 'Who did what from where beside stock: refusals, administration, sign-ins. Written and never changed.',
    columns: {
      id: 'rises',
      at: 'when',
      subject: 'who: `user:ID`, `key:ID`, `client:ID`, `guest:ID`',
      via: 'how they showed it',
      operation: 'what they did, or wanted to',
      target: 'what it was about, such as `user:ID`',
      outcome: '`done`, or the name of the problem',
      network: 'where it came from: a network, and no household',
      agent: 'the program that sent it, as it says',
      detail: 'what more there is to know',
    },
  },
  'access.users': {
    about: 'People with an account. Keep an export with them as you would a list of your customers.',
    columns: {
      id: 'what holds, orders and the journal name them by, as `user:ID`',
      email: 'what they sign in with; null once erased',
      name: 'for people',
      roles: 'what they may be',
      locations: 'the only ones at which they may do things; null: all',
      password: 'what is kept of their password: scrypt, with its parameters and its salt',
      password_once: 'whether it is to be changed at the next sign-in',
      made_at: 'when the account was made',
      changed_at: 'when it was last changed',
      disabled_at: 'since when they may not sign in',
      erased_at: 'when all that says who they were was taken out',
    },
  },
  'catalogue.identifiers': {
    about: 'Numbers that others gave to a SKU. Several SKUs may share one.',
    columns: {
      sku: 'the SKU',
      kind: '`lwin`, `gtin` or `supplier`',
      value: 'the number, as a text: a GTIN may begin with zeros',
    },
  },
  'catalogue.skus': {
    about: 'What is sold and counted: a wine of a vintage in a format and a pack.',
    columns: {
      sku: 'the code, yours',
      wine,
      vintage,
      format_ml: 'the bottle, in millilitres',
      pack: 'bottles that it holds: 1, or those of a case',
      packaging: '`bottle`, `OWC`, `OCB` or `carton`',
    },
  },
  'catalogue.vintages': {
    about: 'A wine of a year, with what differs from year to year.',
    columns: {
      wine,
      vintage,
      abv: 'alcohol, in percent by volume',
      allergens: 'null where they are not known, an empty list where it is known to have none',
      elabel_url: 'where its electronic label is',
      drink_from: 'the first year to drink it in',
      drink_by: 'the last year to drink it in',
    },
  },
  'catalogue.wines': {
    about: 'Wines: the label, without year or bottle.',
    columns: {
      id: 'made from producer, name, region and colour',
      producer: 'who makes it; null where that is not known',
      name: 'as on the label',
      appellation: 'as on the label',
      region: 'as on the label',
      country: 'as on the label',
      colour: '`red`, `white`, `rose` or `orange`; null where it is not known',
      style: '`still`, `sparkling`, `fortified` or `sweet`',
      grapes: 'a list of `{ "name", "percent"? }`, in the order of the label',
      grape_names: 'the names alone',
    },
  },
  'catalogue.words': {
    about:
      'Every word that a wine can be found by, folded: without accents, in small letters. It serves the forgiving of typos.',
    columns: { word: 'the word' },
  },
  'import.runs': {
    about: 'Stock files that were imported, so that the same file again is the same facts.',
    columns: {
      id: 'made from the file, its reference and its time',
      as_of: 'when it was counted',
      started_at: 'when the import began',
      finished_at: 'when it had come to the end; null if it did not',
    },
  },
  'log.batches': {
    about: 'Which batch of stock became visible where: the order of the journal. Kept for ever, as the journal is.',
    columns: {
      position: 'its position in the log, whose row may be gone',
      batch: 'the batch; entries of it have ids from its number × 1,024 on',
      at: 'when',
    },
  },
  'log.log': {
    about:
      'The one order of all that could be seen: a row for each transaction, with the new states of what it changed.',
    columns: {
      position: 'its place: 1, 2, 3, … without gaps from the least that is kept',
      batch: 'the batch of stock that wrote it; null for other writers',
      at: 'when',
      changes:
        '`levels`, `prices`, `withdrawn`, `expected`, `settings`, `skus`: each a list of new absolute states; `moved`, `holds`: what else was touched (their columns: `server/src/log/changes.ts`)',
    },
  },
  'platform.migrations': {
    about: 'The steps that made the schema. They tell which version can take this in.',
    columns: { name: 'the step', sha256: 'of its text', applied_at: 'when it was taken' },
  },
  ...stockMeanings,
}
