import { randomUUID } from 'node:crypto'
import { bottlesEach } from './fill.ts'

/** Writes through the public API. Throws with the answer unless it is done. */
async function post(port: number, path: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  })
  if (!answer.ok) throw new Error(`POST ${path} was answered ${answer.status}: ${await answer.text()}`)
  await answer.arrayBuffer()
}

/** As many bottles of a SKU as no bench can hold: a hundred lines of a million. */
export async function receivePlenty(port: number, sku: string): Promise<void> {
  const lines = Array.from({ length: 100 }, () => ({ sku, quantity: bottlesEach }))
  await post(port, '/v1/receipts', { location: 'shop', lines })
}

/** Takes away all that a SKU of a filled cellar has. */
export async function sellOut(port: number, sku: string): Promise<void> {
  await post(port, '/v1/adjustments', { sku, location: 'shop', delta: -bottlesEach, reason: 'sold out for the bench' })
}
