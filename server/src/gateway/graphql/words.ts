import { meaningOf } from '../rest/words.ts'

/** What words mean that are GraphQL's own, or that REST's schemas say by themselves. The others mean what they mean in REST. */
const words: Readonly<Record<string, string>> = {
  after: 'the `cursor` of an edge, or the `endCursor` of a page: what comes behind it',
  bundle: 'what was asked for, where the line is a component of it',
  carrier: 'who brings it',
  collected: 'bottles of it that were handed over in person',
  cursor: '`after` for what comes behind it',
  edges: 'what is on this page, each with its cursor',
  filter: 'what they are searched for by',
  fromMinor: 'from here on, itself included',
  fulfilment: 'how it is meant to get to its customer',
  hold: 'as it is after it',
  idempotencyKey: '1 to 128 printable characters: one key for one intent, the same on every retry',
  input: 'what it is to be',
  minPosition: 'wait up to 5 s until this position can be seen',
  node: 'the thing itself',
  nodes: 'all of them',
  number: 'the first is 1',
  of: 'the SKU that it is a lot of',
  order: 'as it is after it',
  pageInfo: 'where the page stands in its list',
  parts: 'its SKUs, in the order in which it was said',
  postcode: 'postal code',
  replayed: 'the answer of an earlier request under this key',
  roles: 'what they are to the business',
  toMinor: 'up to here, itself not included',
  trackingNumber: 'the carrier’s number',
  trackingUrl: 'where it can be followed',
  wine: 'the wine that it is of',
}

/** What a member of a type or an argument of a field means, as a sentence; undefined where nobody has said it. */
export function sentenceOf(outer: string, name: string): string | undefined {
  const meaning = words[name] ?? meaningOf(outer, name, undefined)
  return meaning === undefined ? undefined : `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`
}
