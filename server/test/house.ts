import { randomUUID } from 'node:crypto'
import { makeUser, newPassword, type NewUser } from '../src/access/access.ts'
import { systemIds } from '../src/platform/ids.ts'
import { startGuardedServer, type GuardedServer } from './access.ts'
import { createJar, type Jar } from './jar.ts'

/** What everybody signs in with here. */
export const password = 'a cellar full of old bottles'

/** A server that people sign in to, with browsers of theirs. */
export async function openHouse(env: Record<string, string> = {}) {
  // All come from one address here.
  const server = await startGuardedServer({ CELLARHAND_RATE_PERCENT: '10000', ...env })
  return {
    server,
    pool: server.pool,
    newJar: () => createJar(server.url),
    person: (some: Somebody = {}) => person(server, some),
    /** on the record of or about somebody: operation and outcome, in the order of the record */
    audit: (subject: string) => audit(server, subject),
    hold: (jar: Jar) => hold(server, jar),
    stop: () => server.stop(),
  }
}

export type House = Awaited<ReturnType<typeof openHouse>>

type Somebody = Partial<Pick<NewUser, 'roles' | 'locations'>> & { readonly once?: boolean }

let people = 0

/** Somebody new; with `once`, who has a password for one time. */
async function person({ pool }: GuardedServer, { once = false, ...some }: Somebody) {
  people += 1
  const email = `somebody${people}@example.com`
  const chosen = await newPassword(once ? undefined : password)
  const asked = { email, name: 'Ada Cellar', roles: ['customer'], ...some, password: chosen } as const
  const made = await makeUser(pool, asked, systemIds)
  if (made === 'taken') throw new Error(`${email} is taken`)
  return { id: made.user.id, email, once: made.oncePassword ?? '' }
}

/** Goes to sign in, and fills in the form. */
export async function signIn(
  jar: Jar,
  { email }: { readonly email: string },
  shown = password,
  path = '/session/sign-in?return=/docs',
) {
  const page = await jar.go(path)
  return jar.send(page.url, { email, password: shown })
}

/** Whom the server takes a browser for. */
export async function whoIs(jar: Jar): Promise<{ subject: string; kind: string; roles: string[]; name: string }> {
  return (await (await jar.ask('/v1/session')).json()) as never
}

async function audit({ pool }: GuardedServer, subject: string): Promise<string[]> {
  const { rows } = await pool.query<{ operation: string; outcome: string }>(
    'select operation, outcome from access.audit where subject = $1 or target = $1 order by id',
    [subject],
  )
  return rows.map(({ operation, outcome }) => `${operation} ${outcome}`)
}

const hold = ({ url }: GuardedServer, jar: Jar): Promise<Response> =>
  jar.ask('/v1/holds', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), origin: url },
    body: JSON.stringify({ lines: [{ sku: 'WINE', quantity: 1, channel: 'web' }] }),
  })
