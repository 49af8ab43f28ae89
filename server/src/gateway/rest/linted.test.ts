import { createConfig, lintFromString } from '@redocly/openapi-core'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../platform/config.ts'
import type { Services } from '../services.ts'
import { registerApi } from './api.ts'
import { registerAsyncApi } from './asyncapi.ts'
import { registerOpenApi } from './openapi.ts'

let app: FastifyInstance

beforeAll(async () => {
  app = Fastify()
  // No request reaches a handler of theirs here: the routes are only read.
  const services = { config: loadConfig({}), replica: {} } as Services
  await registerOpenApi(app)
  await app.register(async (routes) => registerApi(routes, services))
  registerAsyncApi(app, services.config)
  await app.ready()
})
afterAll(() => app.close())

/** Rules of the linter that do not hold here, and why. All others do, each an error. */
const unwanted = {
  'info-contact': 'Whoever runs a server is whom to ask, and is not known here.',
  'tags-alphabetical': 'They stand as one reads of them: from what is sold to who runs it.',
  'path-http-verbs-order': 'What is made comes before how it is read.',
  'path-segment-plural': 'Verbs and the version are no collections.',
  'response-mime-type': 'Problems have a type of their own (RFC 9457), reports are CSV.',
  'required-string-property-missing-min-length': 'A pattern or a list of values says it.',
  'scalar-property-missing-example': 'Bodies have examples as a whole, which tests run.',
}
const unwantedOfTheFeed = {
  'info-contact': unwanted['info-contact'],
  'no-channel-trailing-slash': 'Clients of Socket.IO ask for this path by themselves.',
  'security-defined': 'Strangers may follow offers; who may follow what is said with the topics.',
}

async function complaintsOf(text: string, off: Readonly<Record<string, string>>): Promise<string[]> {
  const rules = Object.fromEntries(Object.keys(off).map((rule) => [rule, 'off' as const]))
  const config = await createConfig({ extends: ['all'], rules })
  const found = await lintFromString({ source: text, absoluteRef: '/document.json', config })
  return found.map(({ ruleId, message, location: [at] }) => `${ruleId} at ${at?.pointer ?? ''}: ${message}`)
}

const textOf = async (path: string): Promise<string> => (await app.inject(path)).body

test('the document of the API is as a linter wants it', { timeout: 120_000 }, async () => {
  expect(await complaintsOf(await textOf('/v1/openapi.json'), unwanted)).toEqual([])
})

test('links lead to operations that there are, by what was asked or answered', async () => {
  interface Linked {
    readonly operationId: string
    readonly parameters?: readonly { readonly in: string; readonly name: string }[]
    readonly responses: Record<string, { links?: Record<string, Link>; content?: Record<string, { schema: Shape }> }>
  }
  interface Link {
    readonly operationId: string
    readonly parameters: Record<string, string>
  }
  interface Shape {
    readonly required?: readonly string[]
  }
  const { paths } = JSON.parse(await textOf('/v1/openapi.json')) as { paths: Record<string, Record<string, Linked>> }
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const names = ({ parameters = [] }: Linked) => parameters.map((one) => `${one.in}.${one.name}`)
  const followed = operations.flatMap((from) =>
    Object.values(from.responses).flatMap(({ links = {}, content = {} }) =>
      Object.values(links).map(({ operationId, parameters }) => {
        const to = operations.find((one) => one.operationId === operationId)
        const known = [
          ...(content['application/json']?.schema.required ?? []).map((member) => `$response.body#/${member}`),
          ...names(from).map((name) => `$request.${name}`),
        ]
        const leads = Object.entries(parameters).every(([name, found]) => {
          return to !== undefined && names(to).includes(name) && known.includes(found)
        })
        return { from: from.operationId, to: operationId, leads }
      }),
    ),
  )
  expect(followed.length).toBeGreaterThan(30)
  expect(followed.filter(({ leads }) => !leads)).toEqual([])
})

test('so is that of the feed', { timeout: 120_000 }, async () => {
  expect(await complaintsOf(await textOf('/v1/asyncapi.json'), unwantedOfTheFeed)).toEqual([])
})

test('a document that is not is found out', { timeout: 120_000 }, async () => {
  const document = JSON.parse(await textOf('/v1/openapi.json')) as { paths: Record<string, Record<string, object>> }
  const { get } = document.paths['/v1/channels'] ?? {}
  document.paths['/v1/channels'] = { get: { ...get, operationId: 'listOffers', security: [{ nothing: [] }] } }
  const complaints = await complaintsOf(JSON.stringify(document), unwanted)
  for (const rule of ['operation-operationId-unique', 'security-defined']) {
    expect(complaints.some((one) => one.startsWith(rule))).toBe(true)
  }
})

test('no rule is switched off that would hold', { timeout: 120_000 }, async () => {
  const needed = async (path: string, off: object) => {
    const complaints = await complaintsOf(await textOf(path), {})
    return Object.keys(off).filter((rule) => !complaints.some((one) => one.startsWith(`${rule} `)))
  }
  expect(await needed('/v1/openapi.json', unwanted)).toEqual([])
  expect(await needed('/v1/asyncapi.json', unwantedOfTheFeed)).toEqual([])
})
