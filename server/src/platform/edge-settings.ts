import { brand } from '@cellarhand/protocol/brand'
import { checkOrigin, checkOrigins, checkPath, checkProxies } from './setting-checks.ts'
import type { Setting } from './setting.ts'

const prefix = brand.envPrefix

/** Settings of what stands between the server and those who reach it: TLS, proxies, pages of other origins. */
export const edgeSettings = {
  publicUrl: {
    env: `${prefix}PUBLIC_URL`,
    flag: '--public-url',
    type: 'text',
    default: undefined,
    check: checkOrigin,
    doc: 'The origin under which people reach it, as https://cellar.example. Without it where it listens.',
  },
  allowedOrigins: {
    env: `${prefix}ALLOWED_ORIGINS`,
    flag: '--allowed-origins',
    type: 'text',
    default: undefined,
    check: checkOrigins,
    doc: 'Other origins whose pages may ask it, with their cookies: each in full, with commas between, as https://shop.example.',
  },
  trustedHops: {
    env: `${prefix}TRUSTED_HOPS`,
    flag: '--trusted-hops',
    type: 'integer',
    least: 0,
    most: 16,
    default: 0,
    doc: 'Proxies in a row before it, each of which adds to X-Forwarded-For whom it was asked by. Only where nobody reaches it but through them.',
  },
  trustedProxies: {
    env: `${prefix}TRUSTED_PROXIES`,
    flag: '--trusted-proxies',
    type: 'text',
    default: undefined,
    check: checkProxies,
    doc: 'In place of a number of hops: the addresses of those proxies, with commas between, as 10.0.0.7,192.168.0.0/16.',
  },
  tls: {
    env: `${prefix}TLS`,
    flag: '--tls',
    type: 'choice',
    choices: ['off', 'dev'],
    default: 'off',
    doc: 'dev: TLS with a certificate that is made here and that only this machine trusts, for development. One of your own: the next two.',
  },
  tlsCert: {
    env: `${prefix}TLS_CERT`,
    flag: '--tls-cert',
    type: 'text',
    default: undefined,
    check: checkPath,
    doc: 'A file with the certificate and those between it and its root (PEM): TLS is on then. A new one is taken within seconds.',
  },
  tlsKey: {
    env: `${prefix}TLS_KEY`,
    flag: '--tls-key',
    type: 'text',
    default: undefined,
    check: checkPath,
    doc: 'A file with the private key of that certificate (PEM).',
  },
} as const satisfies Record<string, Setting>

/** What cannot be meant by these settings together, as a sentence. */
export function edgeContradiction(config: {
  readonly trustedHops: number
  readonly trustedProxies: string | undefined
  readonly tls: string
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
}): string | undefined {
  const { trustedHops, trustedProxies, tls, tlsCert, tlsKey } = edgeSettings
  if (config.trustedHops > 0 && config.trustedProxies !== undefined) {
    return `${trustedHops.env} and ${trustedProxies.env} are two ways to say whom to trust: set one of them.`
  }
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    return `${tlsCert.env} and ${tlsKey.env} go together: set both or none.`
  }
  if (config.tls === 'dev' && config.tlsCert !== undefined) {
    return `${tls.env}=dev makes a certificate, and ${tlsCert.env} names one: set one of them.`
  }
  return undefined
}
