import { InvalidArgumentError, type Command } from 'commander'
import { staffRoles, type Role } from '../access/access.ts'
import type { SettingName } from '../platform/config.ts'
import {
  addClient,
  addKey,
  addUser,
  endClient,
  endKey,
  printToken,
  resetPassword,
  rotateKeys,
  setDisabled,
  showClients,
  showKeys,
  showUsers,
  type TokenFlags,
} from './access-tools.ts'
import { configOf, databaseSettings, withSettings } from './command-line.ts'

/** What a command that speaks of the issuer has to know: its name is where the server is reached. */
const issuerSettings: readonly SettingName[] = [
  ...databaseSettings,
  'port',
  'host',
  'publicUrl',
  'tls',
  'tlsCert',
  'tlsKey',
  'oidcIssuer',
  'oidcAudience',
]

const ofPeople: readonly Role[] = ['customer', ...staffRoles]
const ofPrograms: readonly Role[] = [...staffRoles, 'machine']

/** Commands on people, keys, programs and tokens. Each puts what it does on record. */
export function addAccess(root: Command): void {
  addUsers(root)
  addKeys(root)
  addClients(root)
  addTokens(root)
}

/** Some of a few words, with commas between. */
function rolesAmong(known: readonly Role[]): (text: string) => readonly Role[] {
  return (text) =>
    text.split(',').map((word) => {
      const role = known.find((one) => one === word.trim())
      if (role) return role
      throw new InvalidArgumentError(`Roles are ${known.join(', ')}, with commas between.`)
    })
}

const listed = (text: string): readonly string[] => text.split(',').map((one) => one.trim())

const unitsS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** A length of time such as 90s, 15m, 1h, 30d, in seconds. */
function duration(mostS: number): (text: string) => number {
  return (text) => {
    const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
    const seconds = Number(count) * (unitsS[unit] ?? 0)
    if (seconds >= 1 && seconds <= mostS) return seconds
    throw new InvalidArgumentError(`Write a time as 90s, 15m, 1h or 30d; at most ${Math.floor(mostS / 86_400)}d.`)
  }
}

/** Longer is no token but a key: for that there is `key add`. */
const TOKEN_S_MAX = 86_400
const KEY_S_MAX = 3_650 * 86_400

interface Who {
  readonly name: string
  readonly role: readonly Role[]
  readonly location?: readonly string[]
}

function withWho(command: Command, known: readonly Role[]): Command {
  return command
    .requiredOption('--name <name>', 'as people call it, or them')
    .requiredOption('--role <roles>', `${known.join(', ')}; several with commas between`, rolesAmong(known))
    .option('--location <ids>', 'the locations that they are limited to, with commas between', listed)
}

function addUsers(root: Command): void {
  const users = root.command('user').description('People who sign in: docs/accounts.md')
  const add = withWho(users.command('add'), ofPeople)
    .description('Make somebody an account; prints a password for one time')
    .requiredOption('--email <address>', 'what they sign in with', email)
    .action((flags: Who & { email: string }, used: Command) => {
      const { email: address, name, role: roles, location: locations } = flags
      return addUser(configOf(used), { email: address, name, roles, locations })
    })
  const list = users
    .command('list')
    .description('Who there is')
    .action((_flags, used: Command) => showUsers(configOf(used)))
  const reset = users
    .command('reset-password <email>')
    .description('Sign somebody out everywhere; prints a password for one time')
    .action((address: string, _flags, used: Command) => resetPassword(configOf(used), address))
  const disable = users
    .command('disable <email>')
    .description('Sign somebody out everywhere, and let them in no more')
    .action((address: string, _flags, used: Command) => setDisabled(configOf(used), address, true))
  const enable = users
    .command('enable <email>')
    .description('Let somebody in again')
    .action((address: string, _flags, used: Command) => setDisabled(configOf(used), address, false))
  for (const one of [add, list, reset, disable, enable]) withSettings(one, databaseSettings)
}

function email(text: string): string {
  if (/^[^\s@]{1,64}@[^\s@]{1,188}$/.test(text)) return text
  throw new InvalidArgumentError('An e-mail address is written as ada@cellar.example.')
}

function addKeys(root: Command): void {
  const keys = root.command('key').description('Keys of tills, scanners and other programs')
  const add = withWho(keys.command('add'), ofPrograms)
    .description('Make a key; it is shown once')
    .option('--expires <time>', 'how long it lives, such as 90d; for ever as a rule', duration(KEY_S_MAX))
    .action((flags: Who & { expires?: number }, used: Command) => {
      const { name, role: roles, location: locations, expires } = flags
      const expiresAtMs = expires === undefined ? undefined : Date.now() + expires * 1_000
      return addKey(configOf(used), { name, roles, locations, expiresAtMs })
    })
  const list = keys
    .command('list')
    .description('All keys, those that have ended too')
    .action((_flags, used: Command) => showKeys(configOf(used)))
  const end = keys
    .command('revoke <id>')
    .description('End a key')
    .action((id: string, _flags, used: Command) => endKey(configOf(used), id))
  for (const one of [add, list, end]) withSettings(one, databaseSettings)
}

interface ClientFlags {
  readonly name: string
  readonly role?: readonly Role[]
  readonly location?: readonly string[]
  readonly redirectUri?: readonly string[]
  readonly public?: true
}

function addClients(root: Command): void {
  const clients = root.command('client').description('Programs that ask the embedded issuer for tokens')
  const add = clients
    .command('add')
    .description('Register a program; its id and secret are shown once')
    .requiredOption('--name <name>', 'as people call it')
    .option('--role <roles>', 'what it may be at most', rolesAmong([...ofPeople, 'machine']))
    .option('--location <ids>', 'the locations that it is limited to, with commas between', listed)
    .option('--redirect-uri <addresses>', 'an app that people sign in to: where they come back to', redirectUris)
    .option('--public', 'an app that cannot keep a secret: a page, or one on a phone')
    .action((flags: ClientFlags, used: Command) => addClient(configOf(used), clientOf(flags, used)))
  const list = clients
    .command('list')
    .description('What is registered')
    .action((_flags, used: Command) => showClients(configOf(used)))
  const end = clients
    .command('remove <id>')
    .description('Take a program away, with all that was given to it')
    .action((id: string, _flags, used: Command) => endClient(configOf(used), id))
  withSettings(add, issuerSettings)
  for (const one of [list, end]) withSettings(one, databaseSettings)
}

function clientOf(flags: ClientFlags, used: Command) {
  const { name, role, location: locations, redirectUri, public: isPublic } = flags
  if (redirectUri) {
    if (role?.includes('machine')) used.error('error: people who sign in to an app are no machines')
    const roles = role ?? ofPeople
    return { kind: 'app', name, roles, redirectUris: redirectUri, isPublic: isPublic ?? false } as const
  }
  if (role === undefined) return used.error('error: say what it may be with --role, or where people come back to')
  if (role.includes('customer')) used.error('error: a program in its own name is no customer')
  return { kind: 'machine', name, roles: role, locations } as const
}

/** TLS, this machine, or a scheme of the app's own with its domain in it (RFC 8252, 7.1). */
const REDIRECT =
  /^(https:\/\/[^#]+|http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/][^#]*|[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:\/[^#]*)$/

function redirectUris(text: string): readonly string[] {
  const addresses = listed(text)
  if (addresses.every((one) => REDIRECT.test(one) && URL.canParse(one))) return addresses
  throw new InvalidArgumentError(
    'An address to come back to is https://app.example/back, http://127.0.0.1/back, or of a scheme as com.example.app:/back.',
  )
}

function addTokens(root: Command): void {
  const token = root
    .command('token')
    .description('Print an access token for a script, signed by the embedded issuer; nothing else goes to stdout')
    .requiredOption('--role <roles>', 'what it may be', rolesAmong([...ofPeople, 'machine']))
    .option('--ttl <time>', 'how long it lives, a day at most', duration(TOKEN_S_MAX), 3_600)
    .option('--location <ids>', 'the locations that it is limited to, with commas between', listed)
    .action((flags: TokenFlags, used: Command) => printToken(configOf(used), flags))
  withSettings(token, issuerSettings)
  const keys = root.command('keys').description('Keys that the embedded issuer signs with')
  withSettings(
    keys
      .command('rotate')
      .description('Sign with a new key; what was signed before is believed until it ends')
      .action((_flags, used: Command) => rotateKeys(configOf(used))),
    databaseSettings,
  )
}
