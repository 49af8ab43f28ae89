import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import type { KeyPair } from './key-pair.ts'
import { codeOf, SetupError } from './setup-error.ts'

const dayMs = 86_400_000
/** Some systems believe none that lasts longer than 825 days, however it is trusted. */
const lastsMs = 365 * dayMs
/** Made anew this long before its end, so that a day's work does not end with it. */
const renewMs = 14 * dayMs
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * A certificate for this machine's own names, made in the data folder on first use and kept there, so that it has to be trusted but once. For
 * development: nobody else trusts it.
 */
export async function ensureDevCertificate(dataDir: string, say: (line: string) => void): Promise<KeyPair> {
  const folder = resolve(dataDir, 'tls')
  const paths = { cert: join(folder, 'dev-cert.pem'), key: join(folder, 'dev-key.pem') }
  const kept = await read(paths)
  if (kept && isGood(kept.cert)) return kept
  const made = await makeCertificate([...new Set(['localhost', hostname()])])
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(paths.key, made.key, { mode: 0o600 })
    await writeFile(paths.cert, made.cert)
  } catch (error) {
    throw new SetupError(
      `The development certificate cannot be kept in ${folder} (${codeOf(error)}): choose another folder with ${brand.envPrefix}DATA.`,
      { cause: error },
    )
  }
  say(`Made a development certificate for localhost. To trust it: curl --cacert ${paths.cert}`)
  return made
}

async function read(paths: KeyPair): Promise<KeyPair | undefined> {
  try {
    return { cert: await readFile(paths.cert, 'utf8'), key: await readFile(paths.key, 'utf8') }
  } catch {
    return undefined
  }
}

/** Whether it is good for a while yet, and for what this machine is called now. */
function isGood(cert: string): boolean {
  try {
    const known = new X509Certificate(cert)
    return Date.parse(known.validTo) - Date.now() > renewMs && known.checkHost(hostname()) !== undefined
  } catch {
    return false
  }
}

async function makeCertificate(names: readonly string[]): Promise<KeyPair> {
  // Loaded here alone: who has a certificate needs neither. The second does not load without the first.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(globalThis.crypto)
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${brand.title} development`,
    // Clocks of containers may be a little behind one another.
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + lastsMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns', value }) as const),
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
    ],
  })
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, x509.PemConverter.PrivateKeyTag) }
}
