import { channels, type Cellar } from '../cellar.ts'
import { send } from '../request.ts'
import type { ServerNode } from '../server-node.ts'
import { textOf, type Kept } from './view.ts'

/** What a server and the database say once it is quiet, asked for when first needed. */
export interface Truth {
  /** the log's head that all of it is of */
  readonly head: number
  /** What a topic holds, as text by key. */
  topic(name: string): Promise<ReadonlyMap<string, string>>
}

interface Offer {
  readonly sku: string
  readonly channel: string
  readonly available: number
  readonly price: { readonly amountMinor: number }
}

/** What a search holds at most. */
const SEARCH_SKUS_MOST = 500

/** The truth as one server reads it, at the head of the log. */
export function truthOf(node: ServerNode, epoch: string, head: number): Truth {
  const minPosition = `${epoch}.${head}`
  const known = new Map<string, Promise<unknown>>()
  const once = <T>(name: string, read: () => Promise<T>): Promise<T> => {
    const found = (known.get(name) ?? read()) as Promise<T>
    known.set(name, found)
    return found
  }
  const offersOf = (channel: string) =>
    once(`offers ${channel}`, async () => {
      const items = await pages<Offer>(node, `/v1/offers?channel=${channel}&limit=500&minPosition=${minPosition}`)
      return new Map(items.map((offer) => [`${offer.sku}@${channel}`, textOf(offer)]))
    })
  const some = async (channel: string, skus: readonly string[]) => {
    const offers = await offersOf(channel)
    return new Map(skus.flatMap((sku) => [...entryOf(offers, `${sku}@${channel}`)]))
  }
  const read = async (name: string): Promise<ReadonlyMap<string, string>> => {
    const { kind, id, channel } = partsOf(name)
    switch (kind) {
      case 'channel':
        return offersOf(id)
      case 'sku':
        return some(channel, [id])
      case 'wine': {
        const wine = await json<Wine>(node, `/v1/wines/${id}?minPosition=${minPosition}`)
        return some(channel, wine?.skus.map(({ sku }) => sku) ?? [])
      }
      case 'search': {
        const wines = await pages<Wine>(node, `/v1/wines?${id}&channel=${channel}&limit=100&minPosition=${minPosition}`)
        const skus = wines.flatMap((wine) => wine.skus.map(({ sku }) => sku))
        return some(channel, skus.slice(0, SEARCH_SKUS_MOST))
      }
      case 'location': {
        const items = await pages<Level>(node, `/v1/stock?location=${id}&limit=500&minPosition=${minPosition}`)
        return new Map(items.map((level) => [`${level.sku}#${id}`, textOf(level)]))
      }
      default:
        return holdOf(node, id, minPosition)
    }
  }
  return { head, topic: (name) => once(name, () => read(name)) }
}

interface Wine {
  readonly skus: readonly { readonly sku: string }[]
}
interface Level {
  readonly sku: string
}

function* entryOf(offers: ReadonlyMap<string, string>, key: string): Generator<[string, string]> {
  const text = offers.get(key)
  if (text !== undefined) yield [key, text]
}

function partsOf(name: string) {
  const kind = name.slice(0, name.indexOf(':'))
  const rest = name.slice(name.indexOf(':') + 1)
  const at = rest.lastIndexOf('@')
  return at < 0 ? { kind, id: rest, channel: 'web' } : { kind, id: rest.slice(0, at), channel: rest.slice(at + 1) }
}

/** A hold says at which position it was read: that is not of the hold. */
async function holdOf(node: ServerNode, id: string, minPosition: string): Promise<ReadonlyMap<string, string>> {
  const found = await json<object>(node, `/v1/holds/${id}?minPosition=${minPosition}`)
  return new Map(found ? [[`hold ${id}`, withoutPosition(textOf(found))]] : [])
}

const withoutPosition = (text: string): string => textOf({ ...(JSON.parse(text) as object), position: undefined })

/** Undefined where there is none. */
async function json<T>(node: ServerNode, path: string): Promise<T | undefined> {
  const { status, body } = await send(node.url, { method: 'GET', path })
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body.slice(0, 300)}`)
  return JSON.parse(body) as T
}

async function pages<T>(node: ServerNode, path: string): Promise<T[]> {
  const all: T[] = []
  let next: string | undefined
  do {
    const cursor: string = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`
    const page = await json<{ items: T[]; next?: string }>(node, `${path}${cursor}`)
    all.push(...(page?.items ?? []))
    next = page?.next
  } while (next !== undefined)
  return all
}

/** What differs between a topic as a client has it and as it is; undefined where nothing does. */
export function differenceOf(
  topic: string,
  kept: Kept,
  values: ReadonlyMap<string, { readonly text: string }>,
  truth: ReadonlyMap<string, string>,
): string | undefined {
  const isHold = topic.startsWith('hold:')
  for (const key of new Set([...kept.held, ...truth.keys()])) {
    const text = kept.held.has(key) ? values.get(key)?.text : undefined
    const mine = isHold && text !== undefined ? withoutPosition(text) : text
    if (mine !== truth.get(key)) return `${topic} has ${mine ?? `no ${key}`}, and true is ${truth.get(key) ?? `none`}`
  }
  return undefined
}

/** What the servers offer, held against the tables themselves: a sentence for each that differs. */
export async function compareWithTables(cellar: Cellar, truth: Truth): Promise<string[]> {
  const complaints: string[] = []
  for (const [channel, locations] of Object.entries(channels)) {
    const rows = await cellar.query<{ sku: string; amount: number; available: number }>(
      `select p.sku, p.amount_minor::int as amount, coalesce(sum(l.available), 0)::int as available
       from stock.prices p left join stock.levels l on l.sku = p.sku and l.location = any($2)
       where p.channel = $1 group by p.sku, p.amount_minor`,
      [channel, locations],
    )
    const offers = await truth.topic(`channel:${channel}`)
    if (rows.length !== offers.size)
      complaints.push(`${channel} offers ${offers.size} SKUs, and ${rows.length} have a price`)
    for (const { sku, amount, available } of rows) {
      const offer = JSON.parse(offers.get(`${sku}@${channel}`) ?? 'null') as Offer | null
      if (offer?.available !== available || offer.price.amountMinor !== amount)
        complaints.push(`${sku}@${channel} is ${JSON.stringify(offer)}, and the tables have ${available} at ${amount}`)
    }
  }
  return complaints.slice(0, 5)
}
