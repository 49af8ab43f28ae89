import { randomUUID } from 'node:crypto'
import { operationsOf, type Operation } from './storm/operations.ts'
import { bodyOf, filled, isMade } from './storm/sweeper.ts'
import { openFeed } from './access.ts'
import { ask, type Answered } from './probes/raw.ts'

/** Secrets and what people are called, by what they are: each a text that is nowhere else. */
export type Canaries = ReadonlyMap<string, string>

/** What was answered to one request that had canaries in it. */
export interface Heard extends Answered {
  readonly asked: string
  /** Canaries stood where a name belongs, of a member, a field or a thing: those may come back to whoever sent them. */
  readonly isOfNames?: true
}

/** Which canaries are in a text: as they are, or as addresses and forms have them. */
export const canariesIn = (text: string, canaries: Canaries): string[] =>
  [...canaries]
    .filter(([, value]) => [value, encodeURIComponent(value), formText(value)].some((one) => text.includes(one)))
    .map(([name]) => name)

const formText = (value: string): string => encodeURIComponent(value).replaceAll('%20', '+')

const AT_ONCE = 8
/** A line that is not refused is left after so long. */
const FEED_MS = 2_000

/** Does all of it, a few at once. */
async function all<T, R>(work: readonly T[], does: (one: T) => Promise<R>): Promise<R[]> {
  const waiting = [...work]
  const done: R[] = []
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) done.push(await does(next))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return done
}

export interface Asking {
  readonly url: string
  /** who asks, in every way there is: headers of each */
  readonly callers: readonly Readonly<Record<string, string>>[]
  readonly canaries: Canaries
}

interface Body {
  readonly text: string | undefined
  readonly isOfNames?: true
}

/** Bodies of an operation: as it wants it, none, and with secrets where none belong. */
function bodiesOf(operation: Operation, canaries: Canaries): Body[] {
  if (operation.body === undefined) return [{ text: undefined }]
  const sample = bodyOf(operation)
  const texts = [...canaries.values()]
  return [
    { text: JSON.stringify(sample) },
    { text: undefined },
    { text: JSON.stringify({ ...(sample as object), ...Object.fromEntries(canaries) }) },
    { text: `{"password":${texts.join()}}` },
    { text: texts.join() },
    { text: JSON.stringify(replaced(sample, texts)), isOfNames: true },
    { text: JSON.stringify(Object.fromEntries(texts.map((value) => [value, 1]))), isOfNames: true },
  ]
}

/** A sample with a secret for each text in it. */
function replaced(sample: unknown, texts: string[]): unknown {
  let next = 0
  return JSON.parse(JSON.stringify(sample), (_name, value: unknown) =>
    typeof value === 'string' ? texts[(next += 1) % texts.length] : value,
  )
}

/** Asks for every operation of REST: rightly, and with secrets in bodies and queries. */
export async function driveRest({ url, callers, canaries }: Asking): Promise<Heard[]> {
  const document = JSON.parse((await ask(`${url}/v1/openapi.json`)).text) as Parameters<typeof operationsOf>[0]
  const queries = queriesOf([...canaries.values()])
  const operations = operationsOf(document).filter((one) => !isMade(one))
  const asked = operations.flatMap((operation, index) => {
    // Who may do everything gets the furthest, and fails there.
    const caller = index % 2 === 0 ? callers[0] : callers[((index - 1) / 2) % callers.length]
    const headers = { ...caller, 'x-forwarded-for': canaries.get('address') ?? '' }
    const path = filled(operation.path)
    return [
      ...bodiesOf(operation, canaries).map((body) => ({ operation, headers, path, ...body })),
      ...queries.map((query) => ({ operation, headers, path: `${path}?${query}`, text: undefined })),
    ]
  })
  return all(asked, async ({ operation: { method }, headers, path, ...body }) => ({
    asked: `${method} ${path.split('?')[0]}`,
    ...('isOfNames' in body ? { isOfNames: true as const } : {}),
    ...(await ask(`${url}${path}`, { method, ...withBody(headers, body.text) })),
  }))
}

/** Words of a search, and what else a query may hold; a token, which none may. */
function queriesOf(values: readonly string[]): URLSearchParams[] {
  const [first = '', second = ''] = values
  return [
    new URLSearchParams({ token: first }),
    new URLSearchParams({ q: second, cursor: first }),
    ...['q', 'customer'].map((name, index) => {
      return new URLSearchParams({ [name]: values[values.length - 1 - index] ?? '' })
    }),
  ]
}

function withBody(headers: Readonly<Record<string, string>>, text: string | undefined) {
  const common = { ...headers, 'idempotency-key': randomUUID(), accept: 'application/json' }
  if (text === undefined) return { headers: common }
  const length = String(Buffer.byteLength(text))
  return { headers: { ...common, 'content-type': 'application/json', 'content-length': length }, body: text }
}

/** Asks GraphQL and the feed, with secrets as operations, variables, tickets and credentials. */
export async function driveGraphqlAndFeed({ url, callers, canaries }: Asking): Promise<Heard[]> {
  const values = [...canaries.values()]
  const bodies = values.flatMap((value) => [
    JSON.stringify({ query: `{ hold(id: "${value}") { id } }` }),
    JSON.stringify({ query: 'query($q: String!) { wines(q: $q) { total } }', variables: { q: value, more: value } }),
    JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: value } } }),
    `{"query":${value}`,
  ])
  const graphql = await all(bodies, async (text) => ({
    asked: 'POST /graphql',
    ...(await ask(`${url}/graphql`, { method: 'POST', ...withBody(callers[0] ?? {}, text) })),
  }))
  const paths = values.flatMap((value) => {
    const text = encodeURIComponent(value)
    return [`/v1/feed?ticket=${text}`, `/v1/feed?topic=${text}`, `/v1/feed?topic=channel:web&cursor=${text}`]
  })
  const streams = await all(paths, async (path) => ({
    asked: 'GET /v1/feed',
    ...(await ask(`${url}${path}`, { headers: { accept: 'application/json' } })),
  }))
  const frames = await Promise.all(values.map((value) => refusedFrame(url, value)))
  return [...graphql, ...streams, ...frames]
}

/** What the feed ends a line with that shows a secret as its token, or says it where a frame belongs. */
async function refusedFrame(url: string, value: string): Promise<Heard> {
  const line = openFeed(url, ['channel:web'], { token: value, headers: { 'x-forwarded-for': '192.0.2.1' } })
  const ended = line.ended
  setTimeout(() => line.close(), FEED_MS).unref()
  const status = await ended
  return { asked: 'the feed', status, headers: {}, text: JSON.stringify(line.frames) }
}

interface Form {
  readonly path: string
  readonly form: Record<string, string>
  readonly headers?: Record<string, string>
}

/** Asks the issuer and the pages, with secrets in every field that they take. */
export async function driveIssuer({ url, canaries }: Asking): Promise<Heard[]> {
  const values = [...canaries.values()]
  const forms = values.flatMap((value): Form[] => {
    const basic = { authorization: `Basic ${Buffer.from(`${value}:${value}`).toString('base64')}` }
    return [
      { path: '/oidc/token', form: { grant_type: 'client_credentials', client_id: value, client_secret: value } },
      { path: '/oidc/token', form: { grant_type: 'client_credentials', scope: value }, headers: basic },
      { path: '/oidc/token', form: { grant_type: 'refresh_token', refresh_token: value, client_id: 'nobody' } },
      { path: '/oidc/token', form: { grant_type: value, code: value, code_verifier: value } },
      { path: '/oidc/token/revocation', form: { token: value, client_id: value } },
      { path: '/session/sign-out', form: { token: value } },
      { path: '/sign-in/nothing', form: { email: value, password: value } },
      { path: '/sign-in/nothing/account', form: { email: value, name: value, password: value } },
    ]
  })
  const pages = values.flatMap((value) => {
    const text = encodeURIComponent(value)
    return [
      `/oidc/auth?client_id=${text}&redirect_uri=${text}&response_type=code&scope=openid`,
      `/session/callback?code=${text}&state=${text}`,
      `/session/sign-in?return=${text}`,
    ]
  })
  const sent = await all(forms, async ({ path, form, headers = {} }) => ({
    asked: `POST ${path}`,
    ...(await ask(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: url, ...headers },
      body: new URLSearchParams(form).toString(),
    })),
  }))
  const seen = await all(pages, async (path) => ({
    asked: `GET ${path.split('?')[0]}`,
    ...(await ask(`${url}${path}`)),
  }))
  return [...sent, ...seen]
}
