import { createHash } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { months } from './calendar.ts'

/** A journal that was read through. */
export interface Journal {
  readonly lines: number
  /** Digest of all lines that were read, as they are in any epoch. */
  readonly digest: string
  /** Bottles by month in which they moved, by SKU, location and accounts. */
  readonly months: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** What happened in no month of the year: requests, which happen when they are asked for. */
const NOW = 'no month of the year'

/**
 * Reads the whole journal of a server as CSV, or its first lines.
 *
 * @param most lines to read, where not all are wanted
 */
export async function readJournal(url: string, most = Infinity): Promise<Journal> {
  const sums = new Map<string, Map<string, number>>()
  const hash = createHash('sha256')
  let lines = -1
  for await (const line of linesOf(await open(url))) {
    if (line === '') continue
    lines += 1
    if (lines > most) break
    // The first line is the header.
    if (lines === 0) continue
    hash.update(withoutEpoch(line)).update('\n')
    addUp(sums, line)
  }
  return { lines: Math.min(lines, most), digest: hash.digest('hex'), months: texts(sums) }
}

function open(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/v1/movements`, { headers: { accept: 'text/csv' }, agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(response)
      response.resume()
      reject(new Error(`GET /v1/movements was answered ${response.statusCode}`))
    })
    asked.once('error', reject)
  })
}

/** Throws where the stream ends before it is whole; its length is not announced. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  // That it broke off is seen below, whatever the error is called.
  response.on('error', () => {})
  const reader = createInterface({ input: response, crlfDelay: Infinity })
  try {
    for await (const line of reader) yield line
    if (!response.complete) throw new Error('The journal broke off before its end.')
  } finally {
    reader.close()
    response.destroy()
  }
}

/** Entry, position, and what follows: a position is `epoch.number`, and a restored log has another epoch. */
function withoutEpoch(line: string): string {
  return line.replace(/^(\d+),[a-z0-9]+\./, '$1,')
}

// entry, position, kind, sku, location, from, to, quantity, reason, reference, actor, occurred_at, recorded_at
const [KIND, SKU, LOCATION, FROM, TO, QUANTITY] = [2, 3, 4, 5, 6, 7]

function addUp(sums: Map<string, Map<string, number>>, line: string): void {
  const cells = line.split(',')
  const month = monthOf(cells.at(-2) ?? '')
  const key = `${cells[SKU]} at ${cells[LOCATION]}, ${cells[KIND]}: ${cells[FROM]} > ${cells[TO]}`
  const known = sums.get(month) ?? new Map<string, number>()
  sums.set(month, known.set(key, (known.get(key) ?? 0) + Number(cells[QUANTITY])))
}

const names = new Set(months.map(({ name }) => name))

function monthOf(occurredAt: string): string {
  const name = occurredAt.slice(0, 7)
  return names.has(name) ? name : NOW
}

function texts(sums: ReadonlyMap<string, ReadonlyMap<string, number>>): Map<string, Map<string, string>> {
  return new Map(
    [...sums].map(([month, bottles]) => [
      `movements of ${month}`,
      new Map([...bottles].map(([key, quantity]) => [key, String(quantity)])),
    ]),
  )
}
