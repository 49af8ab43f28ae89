import { randomBytes } from 'node:crypto'

/** Makes the next request of one connection. What it returns is the same memory each time: sent before it is asked for again. */
export type Requests = () => Buffer

/** Picks the number of a SKU. */
export type SkuChoice = () => number

const digits = 7

/** The code of the bench's SKU of this number: always of one length, so that a request is changed in place. */
export function skuCode(number: number): string {
  return `W${String(number).padStart(digits, '0')}`
}

/** Writes a number in as many digits as there is room for. */
function writeDigits(bytes: Buffer, at: number, room: number, number: number): void {
  let rest = number
  for (let place = at + room - 1; place >= at; place--) {
    bytes[place] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}

/** Longer than any bench: holds that lapse in the middle would be other work than what is measured. */
const ttlSeconds = 86_400
const counterDigits = 12

/** Holds of one bottle each, under fresh keys. */
export function holdRequests(
  port: number,
  choose: SkuChoice,
  headers: Readonly<Record<string, string>> = {},
): Requests {
  const content = { lines: [{ sku: skuCode(0), quantity: 1 }], ttlSeconds }
  return postRequests(port, '/v1/holds', content, choose, headers)
}

/**
 * Requests with a body that names the first SKU. The bytes are laid out once, and only key and SKU are written anew: a generator that built
 * every request would take the processor from the server beside it.
 */
function postRequests(
  port: number,
  path: string,
  content: object,
  choose: SkuChoice,
  headers: Readonly<Record<string, string>> = {},
): Requests {
  const run = randomBytes(6).toString('hex')
  const key = `${run}-${'0'.repeat(counterDigits)}`
  const body = JSON.stringify(content)
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    `idempotency-key: ${key}`,
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n')
  const bytes = Buffer.from(`${head}\r\n\r\n${body}`, 'latin1')
  const counterAt = bytes.indexOf(key) + run.length + 1
  const skuAt = bytes.indexOf(skuCode(0)) + 1
  let count = 0
  return () => {
    count += 1
    writeDigits(bytes, counterAt, counterDigits, count)
    writeDigits(bytes, skuAt, digits, choose())
    return bytes
  }
}

/** Corrections that take a bottle away, under fresh keys: each changes an offer, and is decided by itself. */
export function adjustmentRequests(port: number, choose: SkuChoice): Requests {
  return postRequests(
    port,
    '/v1/adjustments',
    { sku: skuCode(0), location: 'shop', delta: -1, reason: 'bench' },
    choose,
  )
}

/** Reads of offers. */
export function offerRequests(port: number, choose: SkuChoice): Requests {
  const bytes = Buffer.from(`GET /v1/offers/${skuCode(0)} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`, 'latin1')
  const skuAt = bytes.indexOf(skuCode(0)) + 1
  return () => {
    writeDigits(bytes, skuAt, digits, choose())
    return bytes
  }
}

/** Reads of offers by a registered operation of GraphQL that takes a SKU. */
export function registeredRequests(port: number, id: string, choose: SkuChoice): Requests {
  return postRequests(port, '/graphql', { id, variables: { sku: skuCode(0) } }, choose)
}

/** Always the same one. */
export function only(number: number): SkuChoice {
  return () => number
}

/** Any of the first `count`, evenly. */
export function anyOf(count: number): SkuChoice {
  return () => Math.floor(Math.random() * count)
}
