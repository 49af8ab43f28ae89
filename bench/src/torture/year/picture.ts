import { send } from '../request.ts'
import { endOf, months } from './calendar.ts'
import { readJournal } from './journal.ts'

/** Everything a server tells that two of them can be compared by: by what it is of, then by what it is about. */
export type Picture = ReadonlyMap<string, Section>
export type Section = ReadonlyMap<string, string>

/** A moment at which a month's trade had come to rest: between the last answer of it and the first request of the next. */
export interface Rest {
  readonly month: string
  /** The number of the newest position. */
  readonly position: number
  readonly at: string
}

/** What lists name their items by, each some of these; whatever else they say is there too. */
interface Item {
  readonly id: string
  readonly sku: string
  readonly location: string
  readonly lot?: string
  readonly bin?: string
  readonly allotment: string
  readonly reference: string
  readonly kind: string
}

/** The largest page there is. */
const PAGE = 500
/** The past is summed from the journal, on a machine that does other things as well. */
const READ_WITHIN_MS = 120_000

async function get(url: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await send(url, { method: 'GET', path, headers }, READ_WITHIN_MS)
  if (answer.status === 200) return answer.body
  throw new Error(`GET ${path} was answered ${answer.status}: ${answer.body.slice(0, 400)}`)
}

/** All items of a list, page by page. */
async function list(url: string, path: string): Promise<Item[]> {
  const items: Item[] = []
  let cursor = ''
  for (;;) {
    const more = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = JSON.parse(await get(url, `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}${more}`)) as {
      items: Item[]
      next?: string
    }
    items.push(...page.items)
    if (page.next === undefined) return items
    cursor = page.next
  }
}

/** The epoch of a server's log and the number of its newest position. */
async function placeOf(url: string): Promise<[epoch: string, number: number]> {
  const { position } = JSON.parse(await get(url, '/readyz')) as { position: string }
  const [epoch = '', number] = position.split('.')
  return [epoch, Number(number)]
}

/** The number of the newest position that a server has seen. */
export async function newestOf(url: string): Promise<number> {
  return (await placeOf(url))[1]
}

/**
 * Items by what they are about, without what is of one database only: where in the log something was read, and ids and times it gave itself. Of several about the
 * same thing each has a number, in the order of the list.
 */
function sectionOf(items: readonly Item[], key: (item: Item) => string, without: readonly string[] = []): Section {
  const section = new Map<string, string>()
  const times = new Map<string, number>()
  for (const item of items) {
    const kept = Object.entries(item).filter(([name]) => name !== 'position' && !without.includes(name))
    const about = key(item)
    const number = (times.get(about) ?? 0) + 1
    times.set(about, number)
    section.set(number === 1 ? about : `${about} (${number})`, JSON.stringify(Object.fromEntries(kept)))
  }
  return section
}

const level = ({ sku, location }: Item) => `${sku} at ${location}`

/** Lists of what is there now: what their items are about, and what of them is of one database only. */
const lists: readonly { path: string; key: (item: Item) => string; without?: readonly string[] }[] = [
  { path: 'stock', key: level },
  { path: 'offers?channel=web', key: ({ sku }) => sku },
  { path: 'offers?channel=trade', key: ({ sku }) => sku },
  { path: 'parcels', key: (item) => `${level(item)}, lot ${item.lot ?? 'none'}, bin ${item.bin ?? 'none'}` },
  { path: 'lots', key: ({ id, sku }) => `${id} of ${sku}`, without: ['entry', 'openedAt'] },
  { path: 'allotments', key: (item) => `${level(item)} for ${item.allotment}` },
  { path: 'notes', key: (item) => `${level(item)}, ${item.kind}`, without: ['entry'] },
  { path: 'shortfalls', key: level, without: ['id', 'entry', 'at'] },
  { path: 'transfers', key: ({ reference }) => reference, without: ['id', 'createdAt'] },
  { path: 'clearances', key: ({ reference }) => reference, without: ['id', 'createdAt'] },
]

/** What is there now. */
async function readNow(url: string): Promise<Picture> {
  const sections = new Map<string, Section>()
  for (const { path, key, without } of lists) {
    sections.set(path, sectionOf(await list(url, `/v1/${path}`), key, without))
  }
  return sections
}

/** What is known today of the end of each month: on hand, from all that happened until then. */
async function readOccurred(url: string): Promise<Picture> {
  const sections = new Map<string, Section>()
  for (const month of months) {
    const items = await list(url, `/v1/stock?basis=occurred&at=${endOf(month)}`)
    sections.set(`on hand as known of ${month.name}`, sectionOf(items, level))
  }
  return sections
}

/** What the books had when a month's trade had come to rest. */
export async function readRests(url: string, rests: readonly Rest[], by: 'position' | 'time'): Promise<Picture> {
  const [epoch] = await placeOf(url)
  const sections = new Map<string, Section>()
  for (const { month, position, at } of rests) {
    const moment = by === 'position' ? `position=${epoch}.${position}` : `at=${at}`
    sections.set(`books of ${month}`, sectionOf(await list(url, `/v1/stock?${moment}`), level))
  }
  return sections
}

/** The bookkeeper's reports of calendar months, line by line. */
export async function readMonthEnds(url: string, names: readonly string[]): Promise<Picture> {
  const sections = new Map<string, Section>()
  for (const name of names) {
    const text = await get(url, `/v1/reports/month-end?month=${name}`, { accept: 'text/csv' })
    const lines = text.split('\r\n').filter((line) => line !== '')
    sections.set(`month-end report ${name}`, new Map(lines.map((line) => [keyOfReport(line), line])))
  }
  return sections
}

/** A line is of a SKU, its first column, at a location, its seventh. */
function keyOfReport(line: string): string {
  const cells = line.split(',')
  return `${cells[0] ?? ''} at ${cells[6] ?? ''}`
}

/** What moved in each month by when it happened. */
async function readMovements(url: string): Promise<Picture> {
  return (await readJournal(url)).months
}

/** What has to be the same of the same year, whoever has it: ids, positions and times of recording are each one's own. */
export async function readYear(url: string): Promise<Picture> {
  const names = months.map(({ name }) => name)
  return together(
    await readNow(url),
    await readOccurred(url),
    await readMonthEnds(url, names),
    await readMovements(url),
  )
}

/** Several pictures as one. */
export function together(...pictures: readonly Picture[]): Picture {
  return new Map(pictures.flatMap((picture) => [...picture]))
}
