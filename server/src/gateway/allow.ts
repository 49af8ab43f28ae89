import { grantOf, type Caller, type Grant } from '../access/access.ts'
import type { Command } from '../stock/stock.ts'
import { isDenied, type Denied } from './denied.ts'
import { ownCommand } from './own.ts'
import type { Services } from './services.ts'
import { whereOf, type Where } from './where.ts'

// The one place where it is decided who may do what: REST, GraphQL, gRPC and the feed come here, each with the operation's name in the policy.

/** How far somebody may do something, before it is known what it is about. */
export function allow(caller: Caller, operation: string): { readonly grant: Grant } | Denied {
  const grant = grantOf(caller.roles, operation)
  if (grant === undefined) {
    return caller.via === 'none'
      ? { denied: 'unauthenticated', detail: `Sign in, or send a token or a key: ${operation} is not for everybody.` }
      : { denied: 'forbidden', detail: `${namesOf(caller)} may not do this (${operation}).` }
  }
  if (grant === 'own' && caller.customers.length === 0) {
    return caller.via === 'none'
      ? { denied: 'unauthenticated', detail: 'Begin a guest session first (POST /v1/session), or sign in.' }
      : { denied: 'forbidden', detail: 'This is for customers and guests, each with what is theirs.' }
  }
  return { grant }
}

function namesOf({ roles }: Caller): string {
  const held = [...roles].filter((role) => role !== 'guest')
  return held.length === 0 ? 'A guest' : `The role ${held.join(', ')}`
}

/** Whether somebody may do it at a place. `undefined` is a place that was not named. */
export function allowAt(
  { locations }: Caller,
  grant: Grant,
  places: readonly (string | undefined)[],
): Denied | undefined {
  if (grant !== 'here' || locations === undefined) return undefined
  const elsewhere = places.find((place) => place === undefined || !locations.has(place))
  if (elsewhere === undefined && places.length > 0 && !places.includes(undefined)) return undefined
  const theirs = [...locations].join(', ')
  return {
    denied: 'forbidden',
    detail:
      elsewhere === undefined
        ? `Say at which location: this account is for ${theirs}.`
        : `This account is for ${theirs}, not for ${elsewhere}.`,
  }
}

/** The command as it may be submitted for somebody; or why not. What is not theirs is, to them, not there. */
export async function allowCommand(
  services: Pick<Services, 'pool' | 'whereabouts'>,
  caller: Caller,
  operation: string,
  command: Command,
): Promise<Command | Denied> {
  const allowed = allow(caller, operation)
  if (isDenied(allowed)) return allowed
  if (allowed.grant === 'all' || (allowed.grant === 'here' && caller.locations === undefined)) return command
  const where = await whereOf(services, command)
  if (allowed.grant === 'here') return allowAt(caller, 'here', where?.locations ?? []) ?? command
  return isTheirs(caller, where) ? ownCommand(caller, command) : notTheirs(where)
}

/** Something new is nobody's yet. */
function isTheirs({ customers }: Caller, where: Where | undefined): boolean {
  if (where === undefined) return false
  return where.what === undefined || (where.customer !== undefined && customers.includes(where.customer))
}

/** In the words of what is not there. */
const notTheirs = (where: Where | undefined): Denied => ({
  denied: 'not-found',
  detail: `There is no ${where?.what ?? 'such thing'}.`,
})
