import { brand } from '@cellarhand/protocol/brand'
import type { Setting } from './setting.ts'
import { checkPath, checkStockUrl } from './setting-checks.ts'

/** Settings of what other programs ask over gRPC, and of stock as a process of its own. */
export const grpcSettings = {
  grpcPort: {
    env: 'GRPC_PORT',
    flag: '--grpc-port',
    type: 'integer',
    least: 0,
    most: 65_535,
    default: 7001,
    doc: 'Port to serve gRPC on, at the same address. 0: none. Where this is left as it is and the port is taken, all else is served without.',
  },
  stockUrl: {
    env: 'STOCK_URL',
    flag: '--stock-url',
    type: 'text',
    default: undefined,
    check: checkStockUrl,
    doc: 'Where `serve gateway` finds `serve stock`: grpc://host:7001, or grpcs:// with TLS.',
  },
  stockCa: {
    env: `${brand.envPrefix}STOCK_CA`,
    flag: '--stock-ca',
    type: 'text',
    default: undefined,
    check: checkPath,
    doc: 'A file of certificates (PEM) of whoever signed the one of `serve stock`, where the system does not trust them.',
  },
} as const satisfies Record<string, Setting>
