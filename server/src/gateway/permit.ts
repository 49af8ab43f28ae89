import type { IncomingMessage } from 'node:http'
import { cookieNames, isRefused, useTicket, type Caller, type Credentials, type Shown } from '../access/access.ts'
import type { Guard, Permit } from '../feed/feed.ts'
import { allow, allowAt } from './allow.ts'
import { cookiesOf } from './cookies.ts'
import { isDenied } from './denied.ts'
import type { Services } from './services.ts'

type Door = Pick<Services, 'access' | 'pool'>

/** What somebody may follow: topics stand in the policy as `topic:KIND`. */
export function permitOf({ access }: Pick<Services, 'access'>, caller: Caller): Permit {
  const holds = allow(caller, 'topic:hold')
  const ownsAll = !isDenied(holds) && holds.grant !== 'own'
  return {
    may(topic) {
      const allowed = allow(caller, `topic:${topic.kind}`)
      if (isDenied(allowed)) return false
      return topic.kind !== 'location' || allowAt(caller, allowed.grant, [topic.id]) === undefined
    },
    owns: (customer) => ownsAll || (customer !== undefined && caller.customers.includes(customer)),
    expiresAtMs: caller.expiresAtMs,
    // A program may well stand for all who look at its pages.
    person: /^(user|guest):/.test(caller.subject) ? caller.subject : undefined,
    isOver: () => access.isOver(caller),
  }
}

/** Looks at tokens that are shown on a feed that is open already. */
export function guardOver(access: Services['access']): Guard {
  const permit = (shown: Shown) => (isRefused(shown) ? undefined : permitOf({ access }, shown))
  return (token) => {
    const shown = access.callerOf({ authorization: `Bearer ${token}` })
    return shown instanceof Promise ? shown.then(permit) : permit(shown)
  }
}

/** Who asks for an upgrade, before it is made: by a ticket, or as any request shows it. */
export async function callerOfUpgrade(
  { access, pool }: Door,
  request: IncomingMessage,
  ticket: string | null,
): Promise<Shown> {
  if (ticket === null || access.isOpen) return access.callerOf(credentialsOf(request))
  const caller = await useTicket(pool, ticket)
  if (caller && !access.isOver(caller)) return caller
  return { refused: 'The ticket was used, is too old, or is none: take another (POST /v1/feed-tickets).' }
}

/** What a request shows of who sends it. */
export function credentialsOf({ headers }: Pick<IncomingMessage, 'headers'>): Credentials {
  const { authorization, cookie } = headers
  const apiKey = headers['x-api-key']
  const cookies = cookie === undefined ? undefined : cookiesOf(cookie)
  return {
    authorization,
    apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    sessionCookie: cookies?.get(cookieNames.session),
    guestCookie: cookies?.get(cookieNames.guest),
  }
}
