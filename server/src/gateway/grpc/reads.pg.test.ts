import { status, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { failedOf, grpcClient, type Failed, type GrpcClient } from '../../../test/grpc.ts'
import { freePort } from '../../platform/postgres/postmaster.ts'
import { startServer, type TestServer } from '../../../test/server.ts'
import { until } from '../../platform/postgres/processes.ts'
import { openTestStock, priceIt } from '../../../test/stock.ts'

let server: TestServer
const skus = Array.from({ length: 12 }, (_, index) => `G-${index}`)
const client = (): GrpcClient => grpcClient(server.grpcPort)

beforeAll(async () => {
  server = await startServer({ env: { GRPC_PORT: String(await freePort()) } })
  const stock = openTestStock(server.databaseUrl)
  for (const sku of skus) await stock.done({ kind: 'receive', location: 'shop', lines: [{ sku, quantity: 20 }] })
  await priceIt(stock, ...skus)
  const { position } = await stock.done({ kind: 'count', location: 'shop', lines: [{ sku: 'G-0', counted: 20 }] })
  await stock.close()
  expect((await fetch(`${server.url}/v1/stock?minPosition=${position}`)).status).toBe(200)
})

afterAll(() => server?.stop())

interface Listed {
  readonly items: readonly { readonly sku: string }[]
  readonly next?: string
}

interface Reflected {
  readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] }
  readonly fileDescriptorResponse: { readonly fileDescriptorProto: readonly Uint8Array[] }
}

interface Found {
  readonly items: readonly { readonly id: string; readonly name: string }[]
  readonly total: number
}

const refusalOf = async (call: Promise<unknown>): Promise<Failed> =>
  call.then(
    (answer) => {
      throw new Error(`was answered: ${JSON.stringify(answer)}`)
    },
    (error: Failed) => error,
  )

describe('reads', () => {
  test('pages through offers and levels as REST does', async () => {
    const { call } = client()
    const pages: string[] = []
    let cursor: string | undefined
    do {
      const page: Listed = await call<Listed>('OfferService/ListOffers', {
        limit: 5,
        ...(cursor === undefined ? {} : { cursor }),
      })
      pages.push(...page.items.map(({ sku }) => sku))
      cursor = page.next
    } while (cursor !== undefined)
    expect(pages).toEqual(skus.toSorted())
    const two = await call<Listed>('OfferService/ListOffers', { skus: ['G-8', 'NONE', 'G-9'] })
    expect(two.items).toHaveLength(2)
    const wrong = await refusalOf(call('OfferService/ListOffers', { channel: 'nowhere' }))
    expect(wrong).toMatchObject({ code: status.FAILED_PRECONDITION, problem: { slug: 'unknown-channel' } })
    expect(await refusalOf(call('OfferService/GetOffer', { sku: 'NONE' }))).toMatchObject({ code: status.NOT_FOUND })
  })

  test('wait for the position that they ask for, and say so when it does not come', async () => {
    const { call } = client()
    const { position } = await call<{ position: string }>('OfferService/GetOffer', { sku: 'G-8' })
    const [epoch, number] = position.split('.')
    const ahead = `${epoch}.${Number(number) + 1_000}`
    const late = await refusalOf(
      call('OfferService/GetOffer', { sku: 'G-8', minPosition: ahead }, { deadlineMs: 60_000 }),
    )
    expect(late).toMatchObject({ code: status.DEADLINE_EXCEEDED, problem: { slug: 'position-not-reached' } })
    const soon = await refusalOf(call('OfferService/GetOffer', { sku: 'G-8', minPosition: ahead }, { deadlineMs: 100 }))
    expect(soon.code).toBe(status.DEADLINE_EXCEEDED)
  })
})

describe('a line', () => {
  test('takes no message over 1 MiB, none with a field that is not known, and none that is no message', async () => {
    const { of } = client()
    const service = of('cellarhand.v1.OfferService')
    const raw = (bytes: Buffer) =>
      new Promise<Failed>((resolve, reject) => {
        const asIs = (buffer: Buffer) => buffer
        service.makeUnaryRequest(
          '/cellarhand.v1.OfferService/GetOffer',
          asIs,
          asIs,
          bytes,
          (error: ServiceError | null) => (error ? resolve(failedOf(error)) : reject(new Error('was answered'))),
        )
      })
    expect((await raw(Buffer.alloc(1_048_577, 10))).code).toBe(status.RESOURCE_EXHAUSTED)
    // Field 99, of a length.
    const unknown = await raw(Buffer.from([0x0a, 3, 0x47, 0x2d, 0x38, 0x9a, 0x06, 1, 0x61]))
    expect(unknown).toMatchObject({ code: status.INVALID_ARGUMENT, problem: { detail: expect.stringContaining('99') } })
    expect(await raw(Buffer.from([0x0a, 99, 1]))).toMatchObject({ code: status.INVALID_ARGUMENT })
  })

  test('says how the server is, and what it speaks, to whoever asks by reflection', async () => {
    const { of } = client()
    const health = of('grpc.health.v1.Health')
    const check = (service: string) =>
      new Promise((resolve) => health['check']!({ service }, (_error: unknown, answer: unknown) => resolve(answer)))
    expect(await check('')).toEqual({ status: 'SERVING' })
    expect(await check('cellarhand.v1.StockService')).toEqual({ status: 'SERVING' })
    const asking = of('grpc.reflection.v1.ServerReflection')['serverReflectionInfo']!()
    const answers: Reflected[] = []
    asking.on('data', (answer: Reflected) => answers.push(answer))
    asking.write({ listServices: '*' })
    asking.write({ fileContainingSymbol: 'cellarhand.v1.StockService' })
    await until(async () => answers.length === 2, { withinMs: 20_000 })
    asking.end()
    const names = answers[0]!.listServicesResponse.service.map(({ name }) => name)
    expect(names.toSorted()).toEqual(
      ['CatalogueService', 'OfferService', 'StockService'].map((name) => `cellarhand.v1.${name}`),
    )
    expect(answers[1]!.fileDescriptorResponse.fileDescriptorProto.length).toBeGreaterThan(8)
  })
})

test('CatalogueService finds wines and their SKUs, as REST does', async () => {
  const stocked = await startServer({ starter: true, env: { GRPC_PORT: String(await freePort()) } })
  onTestFinished(() => stocked.stop())
  const { call } = grpcClient(stocked.grpcPort)
  const found = await call<Found>('CatalogueService/SearchWines', { limit: 2, facets: true })
  const theirs = (await (await fetch(`${stocked.url}/v1/wines?limit=2&facets=true`)).json()) as Found
  expect(found.items.map(({ id }) => id)).toEqual(theirs.items.map(({ id }) => id))
  expect(found.total).toBe(theirs.total)
  const { wine } = await call<{ wine: { name: string } }>('CatalogueService/GetWine', { id: found.items[0]!.id })
  expect(wine.name).toBe(found.items[0]!.name)
  expect(await refusalOf(call('CatalogueService/SearchWines', { price: ['cheap'] }))).toMatchObject({
    code: status.INVALID_ARGUMENT,
  })
})
