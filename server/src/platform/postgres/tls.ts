import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { isLoopback } from '../loopback.ts'
import { messageOf, SetupError } from '../setup-error.ts'

/** How a line to PostgreSQL is kept from others, as an address says it. */
type Mode = 'disable' | 'no-verify' | 'verify-ca' | 'verify-full'

/** `sslmode` as people write it. `require` says nothing of who is there, so it is taken for what is meant by it. */
const modes: Readonly<Record<string, Mode>> = {
  disable: 'disable',
  'no-verify': 'no-verify',
  require: 'verify-full',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
}

/** Parts of an address that are ours to read: the driver reads them otherwise. */
const OURS = ['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'] as const

/** Says what is wrong with what an address says of TLS, as the end of a sentence; nothing where it is right. */
export function tlsProblem(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const mode = new URL(url).searchParams.get('sslmode')
  if (mode === null || mode in modes) return undefined
  if (mode === 'prefer' || mode === 'allow') {
    return `sslmode=${mode} leaves it to whoever stands between whether it is encrypted: take verify-full, or disable where the network is yours alone`
  }
  return `its sslmode has to be one of ${Object.keys(modes).join(', ')}`
}

/** Without a word of it, TLS with all checks, but on this machine, where nobody stands between. */
function modeOf(url: URL): Mode {
  const said = url.searchParams.get('sslmode')
  if (said !== null) return modes[said] ?? 'verify-full'
  return isLocal(url) && !OURS.some((name) => url.searchParams.has(name)) ? 'disable' : 'verify-full'
}

/** Over a socket of this machine, or its loopback. */
function isLocal(url: URL): boolean {
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  return host === '' || host.startsWith('/') || isLoopback(host)
}

/** The same address with certificates to trust in place of the system's, where it names none itself. */
export function withDatabaseCa(address: string, path: string | undefined): string {
  const url = new URL(address)
  if (path === undefined || url.searchParams.has('sslrootcert')) return address
  url.searchParams.set('sslrootcert', path)
  return url.toString()
}

/** What somebody could do to the line to PostgreSQL, as a sentence to be said aloud; undefined where nobody can. */
export function weaknessOf(address: string): string | undefined {
  const url = new URL(address)
  if (isLocal(url)) return undefined
  const mode = modeOf(url)
  const place = `WARNING: the line to PostgreSQL at ${url.host}`
  if (mode === 'disable')
    return `${place} is not encrypted (sslmode=disable): whoever is on the network between reads and changes all of it.`
  if (mode === 'no-verify')
    return `${place} is encrypted with whoever answers (sslmode=no-verify): whoever is on the network between can pose as it.`
  return undefined
}

/**
 * What the driver is to be given for an address: the address without what it says of TLS, and TLS as we read that. Files are read anew for each connection, so that new
 * ones are taken. Throws SetupError where they cannot be read.
 */
export function tlsOf(address: string): { readonly url: string; readonly ssl: false | ConnectionOptions } {
  const url = new URL(address)
  const mode = modeOf(url)
  const { searchParams } = url
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => fileOf(name, searchParams.get(name)))
  for (const name of OURS) searchParams.delete(name)
  if (mode === 'disable') return { url: url.toString(), ssl: false }
  const ssl: ConnectionOptions = {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: mode !== 'no-verify',
    // Its certificate is for another name, and of the right house.
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  }
  return { url: url.toString(), ssl }
}

/** `system` is what is trusted anyway. */
function fileOf(name: string, path: string | null): string | undefined {
  if (path === null || path === '' || path === 'system') return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SetupError(`The file that ${name} names for PostgreSQL cannot be read: ${messageOf(error)}.`)
  }
}

const untrusted =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID)$/

/** Why a line that has to be TLS could not be had, with what to do; undefined where it failed for another reason. */
export function tlsTrouble(address: string, error: unknown): string | undefined {
  const { host } = new URL(address)
  const { code } = error as { code?: unknown }
  if (/does not support SSL/.test(messageOf(error))) {
    return `PostgreSQL at ${host} does not speak TLS: switch it on there (ssl = on), or, where the network between is yours alone, add ?sslmode=disable to DATABASE_URL.`
  }
  if (typeof code !== 'string' || !untrusted.test(code)) return undefined
  return `The certificate of PostgreSQL at ${host} is not trusted (${messageOf(error)}): name whoever signed it with CELLARHAND_DATABASE_CA; ?sslmode=verify-ca leaves its name unchecked, ?sslmode=no-verify all of it.`
}
