import { isLoopback } from '../loopback.ts'

/** Where a Redis is, as an address says it. */
export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly tls: boolean
  /** of the server; of Sentinels; of some nodes of the Cluster */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly username?: string
  readonly password?: string
  /** the number of its database; a Cluster has but one */
  readonly db: number
  /** what Sentinels call the server that they watch */
  readonly master?: string
}

const schemes: Readonly<Record<string, Pick<RedisAddress, 'kind' | 'tls'>>> = {
  redis: { kind: 'single', tls: false },
  rediss: { kind: 'single', tls: true },
  'redis+sentinel': { kind: 'sentinel', tls: false },
  'rediss+sentinel': { kind: 'sentinel', tls: true },
  'redis+cluster': { kind: 'cluster', tls: false },
  'rediss+cluster': { kind: 'cluster', tls: true },
}

const defaultPorts = { single: 6379, sentinel: 26_379, cluster: 6379 } as const
/** More than anybody runs; a text of megabytes is no address. */
const nodesMax = 64

const pattern = /^([a-z+]+):\/\/(?:([^@/]*)@)?([^@/?#]+)((?:\/[^/?#]*)*)$/
const nodePattern = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/

/** Reads an address, or says in a clause what is wrong with it, without anything of it: it may hold a password. */
export function parseRedisAddress(text: string): RedisAddress | string {
  const [, scheme = '', user, hosts = '', path = ''] = pattern.exec(text) ?? []
  const form = schemes[scheme]
  if (form === undefined) return `it has to begin with ${Object.keys(schemes).join('://, ')}://`
  const nodes = hosts.split(',').map((host) => nodeOf(host, defaultPorts[form.kind]))
  if (nodes.length > nodesMax || nodes.includes(undefined)) return 'its hosts have to be host:port, with commas between'
  if (form.kind === 'single' && nodes.length > 1) return 'several hosts are for redis+sentinel:// and redis+cluster://'
  const known = nodes.filter((node) => node !== undefined)
  const rest = pathOf(form.kind, path.split('/').slice(1))
  if (typeof rest === 'string') return rest
  try {
    return { ...form, nodes: known, ...credentialsOf(user), ...rest }
  } catch {
    return 'its user and password have to be written with % for what is special in an address'
  }
}

function nodeOf(text: string, defaultPort: number): { host: string; port: number } | undefined {
  const [, host, port] = nodePattern.exec(text) ?? []
  const number = port === undefined ? defaultPort : Number(port)
  if (host === undefined || number < 1 || number > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: number }
}

function credentialsOf(user: string | undefined): Pick<RedisAddress, 'username' | 'password'> {
  if (user === undefined) return {}
  const [name = '', ...password] = user.split(':')
  return {
    ...(name === '' ? {} : { username: decodeURIComponent(name) }),
    ...(password.length === 0 ? {} : { password: decodeURIComponent(password.join(':')) }),
  }
}

/** `/db`, or `/master/db` for Sentinels; a Cluster has no databases. */
function pathOf(kind: RedisAddress['kind'], parts: readonly string[]): Pick<RedisAddress, 'db' | 'master'> | string {
  const [master, ...others] = kind === 'sentinel' ? parts : [undefined, ...parts]
  if (kind === 'sentinel' && !master)
    return 'it has to name what Sentinels watch, as redis+sentinel://host:26379/mymaster'
  const [db = '', ...more] = others
  if (more.length > 0 || !/^\d{0,4}$/.test(db)) return 'its database has to be a number'
  if (kind === 'cluster' && Number(db) !== 0) return 'a Cluster has no database but 0'
  return { db: Number(db), ...(master ? { master: decodeURIComponent(master) } : {}) }
}

/** What somebody could do to the line to it, as a sentence to be said aloud; undefined where nobody can. */
export function redisWeakness(address: RedisAddress): string | undefined {
  if (address.tls || address.nodes.every(({ host }) => isLoopback(host))) return undefined
  return `WARNING: the line to ${whereIs(address)} is not encrypted (redis://): whoever is on the network between reads it. With TLS its address begins with rediss://.`
}

/** Where it is, for people: no password. */
export function whereIs({ kind, nodes, master }: RedisAddress): string {
  const hosts = nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (kind === 'single') return `Redis at ${hosts}`
  return kind === 'cluster' ? `the Redis Cluster at ${hosts}` : `Redis ${master ?? ''} by the Sentinels at ${hosts}`
}
