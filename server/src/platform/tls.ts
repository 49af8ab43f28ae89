import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Config } from './config.ts'
import { ensureDevCertificate } from './dev-certificate.ts'
import { edgeSettings } from './edge-settings.ts'
import type { KeyPair } from './key-pair.ts'
import { every } from './loop.ts'
import type { Log } from './logger.ts'
import { messageOf, SetupError } from './setup-error.ts'

/** What this server proves itself with, wherever it listens. */
export interface Tls {
  /** As it is now. */
  readonly pair: () => KeyPair
  /** Calls for each new pair, from now on. */
  readonly onChange: (listener: (pair: KeyPair) => void) => void
}

/**
 * TLS 1.2 and 1.3 with ciphers that keep what was said secret also when the key is lost: the intermediate list of Mozilla's Server Side TLS 5.7 without DHE, which no
 * client needs that has ECDHE.
 */
export const tlsOptions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const satisfies SecureContextOptions

/** Renewed certificates are weeks early, so this is soon enough. Looked at, not watched: mounted secrets are links that are bent elsewhere. */
const lookEveryMs = 5_000

interface Told {
  readonly say: (line: string) => void
  readonly log: Log
  readonly signal: AbortSignal
  /** How often the files are looked at. */
  readonly everyMs?: number
}

type TlsSettings = Pick<Config, 'tls' | 'tlsCert' | 'tlsKey' | 'dataDir'>

/** Whether the server speaks TLS, by the settings. */
export const isTlsOn = ({ tls, tlsCert }: Pick<Config, 'tls' | 'tlsCert'>): boolean =>
  tls === 'dev' || tlsCert !== undefined

/**
 * The certificate of the settings, read anew when its files change: undefined where TLS is off. A new pair that does not fit is told of, and the old one
 * kept. Throws SetupError where the first does not.
 */
export async function openTls(config: TlsSettings, told: Told): Promise<Tls | undefined> {
  const { tlsCert, tlsKey } = config
  if (config.tls === 'dev') return fixed(await ensureDevCertificate(config.dataDir, told.say))
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const read = () => readPair(tlsCert, tlsKey)
  const first = await read().catch((error: unknown) => {
    throw new SetupError(`${edgeSettings.tlsCert.env} cannot be used: ${messageOf(error)}.`)
  })
  const problem = problemOf(first)
  if (problem !== undefined) throw new SetupError(`${edgeSettings.tlsCert.env}=${tlsCert} cannot be used: ${problem}.`)
  warnOfAge(first, told)
  return following(first, read, told)
}

const fixed = (pair: KeyPair): Tls => ({ pair: () => pair, onChange: () => {} })

async function readPair(certPath: string, keyPath: string): Promise<KeyPair> {
  return { cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8') }
}

const isSame = (one: KeyPair, other: KeyPair | undefined): boolean => one.cert === other?.cert && one.key === other.key

/** Takes what has been the same at two looks, since the two files cannot be written in one. */
function following(first: KeyPair, read: () => Promise<KeyPair>, told: Told): Tls {
  const { log, signal, everyMs = lookEveryMs } = told
  const listeners: ((pair: KeyPair) => void)[] = []
  let pair = first
  let seen = first
  let refused: KeyPair | undefined
  let complaint = ''
  const look = async () => {
    const found = await read()
    const isSettled = isSame(found, seen)
    seen = found
    if (!isSettled || isSame(found, pair) || isSame(found, refused)) return
    const problem = problemOf(found)
    if (problem !== undefined) {
      refused = found
      return log.error(`the new certificate is not taken, the one of before is kept: ${problem}`)
    }
    pair = found
    for (const listener of listeners) listener(found)
    log.info({ validTo: new X509Certificate(found.cert).validTo }, 'the new certificate is taken')
    warnOfAge(found, told)
  }
  const onError = (error: unknown) => {
    if (messageOf(error) === complaint) return
    complaint = messageOf(error)
    log.error({ err: error }, 'the certificate cannot be read, the one of before is kept')
  }
  void every(everyMs, look, { signal, onError })
  return { pair: () => pair, onChange: (listener) => void listeners.push(listener) }
}

/** Why a server cannot be had with this pair, as a clause; undefined where it can. */
function problemOf({ cert, key }: KeyPair): string | undefined {
  try {
    createSecureContext({ ...tlsOptions, cert, key })
    return undefined
  } catch (error) {
    const said = messageOf(error)
    if (/key values mismatch/i.test(said)) return 'the key is not the one of the certificate'
    return `no certificate and key can be read from its files (${said})`
  }
}

function warnOfAge({ cert }: KeyPair, { say, log }: Told): void {
  const { validTo } = new X509Certificate(cert)
  if (Date.parse(validTo) > Date.now()) return
  const line = `The certificate was good until ${validTo}: nobody who checks it will connect.`
  log.error(line)
  say(line)
}
