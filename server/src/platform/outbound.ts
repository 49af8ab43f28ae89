import { lookup } from 'node:dns'
import { request as requestPlainly, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { messageOf } from './setup-error.ts'

/** Where nothing is sent that somebody else has named: this machine, its neighbours, and what only routers and clouds answer at (IANA's registries of special addresses). */
const closed = new BlockList()
const closedV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const
for (const [network, bits] of closedV4) closed.addSubnet(network, bits, 'ipv4')
/** Of IPv6 what is given out to the world. Not the ways into IPv4 that lie within it: 6to4, Teredo, and what is for documents. */
const open = new BlockList()
open.addSubnet('2000::', 3, 'ipv6')
const closedV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const
for (const [network, bits] of closedV6) closed.addSubnet(network, bits, 'ipv6')

/** Whether an address is one of the world's, that anybody may be sent to. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closed.check(address, 'ipv4')
    case 6:
      return open.check(address, 'ipv6') && !closed.check(address, 'ipv6')
    default:
      return false
  }
}

/** What came of a request to an address that somebody gave. */
export type Sent =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** it is not sent there, whatever is there */
  | { readonly kind: 'refused'; readonly why: string }
  /** nobody answered, or not as HTTP, or not in time */
  | { readonly kind: 'failed'; readonly why: string }

export interface Outbound {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** How names become addresses, and which of these are open: ours unless a test has others. */
export interface OutboundDoors {
  readonly lookup: LookupFunction
  readonly isOpen: (address: string) => boolean
  readonly timeoutMs: number
}

/** Whoever is told something takes it within this, or is told again later. */
const TIMEOUT_MS = 10_000
/** As much of an answer as helps to find out what is wrong. */
const BODY_MAX = 65_536

const systemDoors: OutboundDoors = { lookup, isOpen: isPublicAddress, timeoutMs: TIMEOUT_MS }

class ClosedAddress extends Error {
  override name = 'ClosedAddress'
}

/**
 * Sends a request to an address that somebody gave. The address is looked at where the connection is made, so that a name which answers otherwise the second time is of no use;
 * redirects are not followed, and the settings of a proxy are not heeded. Resolves with what came of it, and never rejects.
 */
export function sendOutbound(address: string, outbound: Outbound, doors: Partial<OutboundDoors> = {}): Promise<Sent> {
  const { isOpen, timeoutMs, ...own } = { ...systemDoors, ...doors }
  const url = urlOf(address)
  if (typeof url === 'string') return Promise.resolve({ kind: 'refused', why: url })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // An address in numbers is not looked up, in whatever way it was written: the URL has it in its usual form.
  if (isIP(host) !== 0 && !isOpen(host)) return Promise.resolve({ kind: 'refused', why: closedWhy(host) })
  const options: RequestOptions = {
    method: outbound.method ?? 'POST',
    headers: outbound.headers,
    lookup: guarded(own.lookup, isOpen),
    signal: AbortSignal.timeout(timeoutMs),
    agent: false,
  }
  return ask(url, options, outbound.body)
}

function ask(url: URL, options: RequestOptions, body: string | undefined): Promise<Sent> {
  const send = url.protocol === 'https:' ? requestOverTls : requestPlainly
  return new Promise((resolve) => {
    const fail = (error: Error) =>
      resolve({ kind: error instanceof ClosedAddress ? 'refused' : 'failed', why: messageOf(error) })
    const sent = send(url, options, (response) => {
      const { statusCode: status = 0 } = response
      readUpTo(response).then((text) => resolve({ kind: 'answered', status, body: text }), fail)
    })
    sent.once('error', fail)
    sent.end(body)
  })
}

async function readUpTo(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length >= BODY_MAX) break
  }
  return text.slice(0, BODY_MAX)
}

function urlOf(address: string): URL | string {
  if (!URL.canParse(address)) return 'It is no address.'
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'It has to begin with https:// or http://.'
  if (url.username !== '' || url.password !== '') return 'It may hold no user or password.'
  return url
}

const closedWhy = (address: string): string => `${address} is no address that is reached over the internet.`

/** A look-up that gives open addresses alone, to the one who connects: nothing is looked up once more between. One closed address among them closes all. */
function guarded(resolve: LookupFunction, isOpen: (address: string) => boolean): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const all = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }]
      const bad = all.find(({ address }) => !isOpen(address))
      const [first] = all
      if (bad !== undefined || first === undefined) return done(new ClosedAddress(closedWhy(bad?.address ?? name)), '')
      if (options.all === true) done(null, all)
      else done(null, first.address, first.family)
    })
  }
}
