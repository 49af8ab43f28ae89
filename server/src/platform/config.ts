import { brand } from '@cellarhand/protocol/brand'
import { accountContradiction, accountSettings } from './account-settings.ts'
import { edgeContradiction, edgeSettings } from './edge-settings.ts'
import { checkHost, checkPath } from './setting-checks.ts'
import { graphqlSettings } from './graphql-settings.ts'
import { grpcSettings } from './grpc-settings.ts'
import { limitSettings } from './limit-settings.ts'
import { policySettings } from './policy-settings.ts'
import { ConfigError, parseSetting, type Setting } from './setting.ts'
import { storageSettings } from './storage-settings.ts'
import { unknownSetting } from './unknown-setting.ts'

const prefix = brand.envPrefix
const dayS = 86_400

/** Every setting there is. The help text, docs/configuration.md and the type of `Config` follow from this table. */
export const settings = {
  port: {
    env: 'PORT',
    flag: '--port',
    type: 'integer',
    least: 1,
    most: 65_535,
    default: 7000,
    doc: 'Port to serve on.',
  },
  host: {
    env: 'HOST',
    flag: '--host',
    type: 'text',
    default: '127.0.0.1',
    check: checkHost,
    doc: 'Address to listen on: 0.0.0.0 for all of this machine’s.',
  },
  ...accountSettings,
  ...limitSettings,
  ...grpcSettings,
  dataDir: {
    env: `${prefix}DATA`,
    flag: '--data',
    type: 'text',
    default: `.${brand.name}`,
    check: checkPath,
    doc: 'Folder of the embedded PostgreSQL, made on first use.',
  },
  ...storageSettings,
  ...edgeSettings,
  logLevel: {
    env: 'LOG_LEVEL',
    flag: '--log-level',
    type: 'choice',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
    doc: 'Least severity that is logged.',
  },
  holdTtlDefaultS: {
    env: `${prefix}HOLD_TTL_DEFAULT_S`,
    flag: '--hold-ttl-default-s',
    type: 'integer',
    least: 1,
    most: dayS,
    default: 600,
    doc: 'Seconds a hold lives that names no lifetime.',
  },
  holdTtlMaxS: {
    env: `${prefix}HOLD_TTL_MAX_S`,
    flag: '--hold-ttl-max-s',
    type: 'integer',
    least: 1,
    most: 30 * dayS,
    default: dayS,
    doc: 'Most seconds a hold may ask for at once, when it is made or extended.',
  },
  holdLifeMaxS: {
    env: `${prefix}HOLD_LIFE_MAX_S`,
    flag: '--hold-life-max-s',
    type: 'integer',
    least: 1,
    most: 365 * dayS,
    default: 7 * dayS,
    doc: 'Most seconds from the making of a hold to its end, however often it is extended.',
  },
  batchMaxCommands: {
    env: `${prefix}BATCH_MAX_COMMANDS`,
    flag: '--batch-max-commands',
    type: 'integer',
    least: 1,
    // A journal entry's id is its batch's number times 1,024 plus its index.
    most: 1_000,
    default: 500,
    doc: 'Most commands decided in one transaction.',
  },
  batchQueueMax: {
    env: `${prefix}BATCH_QUEUE_MAX`,
    flag: '--batch-queue-max',
    type: 'integer',
    least: 1,
    most: 1_000_000,
    default: 10_000,
    doc: 'Most commands that wait for a transaction; beyond, callers are asked to come back (503).',
  },
  commandDeadlineMs: {
    env: `${prefix}COMMAND_DEADLINE_MS`,
    flag: '--command-deadline-ms',
    type: 'integer',
    least: 100,
    most: 120_000,
    default: 10_000,
    doc: 'Milliseconds a command may wait to be decided before it is dropped undecided.',
  },
  poolMax: {
    env: `${prefix}POOL_MAX`,
    flag: '--pool-max',
    type: 'integer',
    least: 2,
    most: 90,
    default: 10,
    doc: 'Most database connections for reads, beside the few that each process keeps for itself.',
  },
  feedConnectionsMax: {
    env: `${prefix}FEED_CONNECTIONS_MAX`,
    flag: '--feed-connections-max',
    type: 'integer',
    least: 1,
    most: 1_000_000,
    default: 20_000,
    doc: 'Most connections to the feed of one process; at some 16 KB each.',
  },
  feedConnectionsPerAddressMax: {
    env: `${prefix}FEED_CONNECTIONS_PER_ADDRESS_MAX`,
    flag: '--feed-connections-per-address-max',
    type: 'integer',
    least: 1,
    most: 1_000_000,
    // A browser needs one: a campus or a carrier's NAT full of buyers fits, and twenty of them to fill a process.
    default: 1_000,
    doc: 'Most connections to the feed from one address; where it is less than one process takes, of all that share a Redis together. Behind a proxy all come from its own, unless CELLARHAND_TRUSTED_HOPS tells it.',
  },
  feedConnectionsPerUserMax: {
    env: `${prefix}FEED_CONNECTIONS_PER_USER_MAX`,
    flag: '--feed-connections-per-user-max',
    type: 'integer',
    least: 1,
    most: 1_000_000,
    // A person has some windows on some devices.
    default: 100,
    doc: 'Most connections to the feed of one person, who has signed in or is a guest, wherever they come from. Programs with a token or a key of their own are not counted.',
  },
  socketIo: {
    env: `${prefix}SOCKETIO`,
    flag: '--socketio',
    type: 'choice',
    choices: ['off', 'websocket', 'polling'],
    default: 'off',
    doc: 'Socket.IO 4 at `/socket.io`, for apps that speak it. `polling` takes its polling beside WebSockets, which needs affinity: docs/operations.md.',
  },
  ...graphqlSettings,
  drainSeconds: {
    env: `${prefix}DRAIN_SECONDS`,
    flag: '--drain-seconds',
    type: 'integer',
    least: 0,
    most: 600,
    default: 30,
    doc: 'On SIGTERM, clients of the feed are sent away over so many seconds. 0: all at once.',
  },
  logRetentionDays: {
    env: `${prefix}LOG_RETENTION_DAYS`,
    flag: '--log-retention-days',
    type: 'integer',
    least: 0,
    most: 36_500,
    default: 90,
    doc: 'Days that the log is kept, at least; 0 keeps all of it. Reports need none of it.',
  },
  keyRetentionDays: {
    env: `${prefix}KEY_RETENTION_DAYS`,
    flag: '--key-retention-days',
    type: 'integer',
    least: 0,
    most: 36_500,
    default: 62,
    doc: 'Days that idempotency keys are remembered with their answers, at least; 0 remembers all. Longer than anybody retries.',
  },
  ...policySettings,
} as const satisfies Record<string, Setting>

/** The name of a setting in code. */
export type SettingName = keyof typeof settings

type ValueOf<S extends Setting> = S extends { type: 'integer' }
  ? number
  : S extends { type: 'choice'; choices: readonly (infer C)[] }
    ? C
    : S extends { default: undefined }
      ? string | undefined
      : string

/** All settings with their values, frozen. */
export type Config = { readonly [Name in SettingName]: ValueOf<(typeof settings)[Name]> }

/** Values from the command line, by the setting's name, still as text. */
export type Flags = { readonly [Name in SettingName]?: string | undefined }

/**
 * Reads all settings: a flag before its variable before the default. An empty variable counts as not set.
 *
 * @throws ConfigError for the first value that is out of bounds, or a variable with our prefix that is not in the table
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, flags: Flags = {}): Config {
  refuseUnknown(env)
  const values = Object.entries<Setting>(settings).map(([name, setting]) => {
    const flag = flags[name as SettingName]
    if (flag !== undefined) return [name, parseSetting(setting, setting.flag, flag)]
    const variable = env[setting.env]
    return [name, variable ? parseSetting(setting, setting.env, variable) : setting.default]
  })
  // The table types each value; entries lose that.
  const config = Object.freeze(Object.fromEntries(values)) as Config
  refuseContradictions(config)
  return config
}

function refuseUnknown(env: Readonly<Record<string, string | undefined>>): void {
  const found = unknownSetting(
    env,
    Object.values(settings).map((setting): string => setting.env),
  )
  if (found === undefined) return
  throw new ConfigError(
    `${found.name}=${JSON.stringify(env[found.name])} is not a setting of this version: did you mean ${found.nearest}? Correct it or unset it; \`npm run cellarhand -- --help\` lists all settings.`,
  )
}

function refuseContradictions(config: Config): void {
  const order = ['holdTtlDefaultS', 'holdTtlMaxS', 'holdLifeMaxS'] as const
  for (const [index, name] of order.slice(1).entries()) {
    const lower = order[index] ?? name
    if (config[lower] <= config[name]) continue
    throw new ConfigError(
      `${settings[lower].env}=${config[lower]} is more than ${settings[name].env}=${config[name]}: lower the first or raise the second.`,
    )
  }
  const contradiction = accountContradiction(config) ?? edgeContradiction(config)
  if (contradiction !== undefined) throw new ConfigError(contradiction)
}
