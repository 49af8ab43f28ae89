import { pino, type DestinationStream, type Logger } from 'pino'
import { brand } from '@cellarhand/protocol/brand'
import type { Config } from './config.ts'
import { redactUrls } from './setting.ts'

/** Where a line goes: JSON, one object a line. */
export type Log = Logger

/** Of an error what helps to find its cause, without the passwords that drivers put into their messages. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? redactUrls(error) : error
  return {
    type: error.name,
    message: redactUrls(error.message),
    ...('code' in error ? { code: error.code } : {}),
    ...(error.stack === undefined ? {} : { stack: redactUrls(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}

/** Fields that hold secrets under these names, at the top or one level down, are never written. */
const secretFields = ['password', 'authorization', 'cookie', 'token', 'secret', 'connectionString', 'databaseUrl']

/**
 * A log of JSON lines at the configured level. Errors belong in the field `err`. Secrets in known fields, and passwords in addresses, are left out.
 *
 * @param destination stdout unless given
 */
export function createLogger(config: Pick<Config, 'logLevel'>, destination?: DestinationStream): Log {
  return pino(
    {
      name: brand.name,
      level: config.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError, error: describeError },
      redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: '***' },
      hooks: {
        logMethod(args, method) {
          const cleaned = args.map((arg) => (typeof arg === 'string' ? redactUrls(arg) : arg)) as typeof args
          method.apply(this, cleaned)
        },
      },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  )
}
