import { brand } from '@cellarhand/protocol/brand'
import { checkDatabaseUrl, checkPath, checkRedisUrl } from './setting-checks.ts'
import type { Setting } from './setting.ts'

const prefix = brand.envPrefix

/** Settings of the servers that it keeps things in, where they are not its own. */
export const storageSettings = {
  databaseUrl: {
    env: 'DATABASE_URL',
    flag: '--database-url',
    type: 'text',
    default: undefined,
    check: checkDatabaseUrl,
    doc: 'A PostgreSQL of your own (15 or newer) in place of the embedded one. Over the network with TLS and all checks; its sslmode may say otherwise: docs/operations.md.',
  },
  databaseAppUrl: {
    env: 'DATABASE_APP_URL',
    flag: '--database-app-url',
    type: 'text',
    default: undefined,
    check: checkDatabaseUrl,
    doc: 'The same database as DATABASE_URL, as a role that owns nothing: servers work as it, and as DATABASE_URL only change the schema. docs/operations.md.',
  },
  databaseCa: {
    env: `${prefix}DATABASE_CA`,
    flag: '--database-ca',
    type: 'text',
    default: undefined,
    check: checkPath,
    doc: 'A file of certificates (PEM) of whoever signed the one of that PostgreSQL, where the system does not trust them.',
  },
  redisUrl: {
    env: 'REDIS_URL',
    flag: '--redis-url',
    type: 'text',
    default: undefined,
    check: checkRedisUrl,
    doc: 'A Redis or Valkey that several processes share, to be quicker: redis://host:6379/0, rediss:// with TLS, redis+sentinel://host,host/name, redis+cluster://host,host.',
  },
  redisCa: {
    env: `${prefix}REDIS_CA`,
    flag: '--redis-ca',
    type: 'text',
    default: undefined,
    check: checkPath,
    doc: 'A file of certificates (PEM) of whoever signed the one of that Redis, where the system does not trust them.',
  },
} as const satisfies Record<string, Setting>
