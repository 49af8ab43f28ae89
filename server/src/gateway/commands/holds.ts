import { Type } from 'typebox'
import { CommitRequest, ExtendRequest, FulfilRequest, HoldRequest } from '@cellarhand/protocol/stock'
import { DEFAULT_CHANNEL } from '../commands.ts'
import { intent, intentFor, invalid, type Known, type Meant } from './intent.ts'

/** Of what is asked with an id alone. */
export const Nothing = Type.Object({}, { additionalProperties: false })

/** What is asked of holds and commitments, by its operation. */
export const holdIntents = {
  holdBottles: intent(HoldRequest, hold),
  extendHold: intentFor(ExtendRequest, (holdId, { ttlSeconds }, { config }) =>
    ttlSeconds > config.holdTtlMaxS ? tooLong(config) : { kind: 'extend', holdId, ttlSeconds },
  ),
  releaseHold: intentFor(Nothing, (holdId) => ({ kind: 'release', holdId })),
  commitHold: intentFor(CommitRequest, (holdId, body) => ({ kind: 'commit', holdId, ...body })),
  shipCommitment: intentFor(FulfilRequest, (commitmentId, body) => ({ kind: 'ship', commitmentId, ...body })),
  cancelCommitment: intentFor(FulfilRequest, (commitmentId, body) => ({ kind: 'cancel', commitmentId, ...body })),
} as const

function hold(body: HoldRequest, { config }: Known): Meant {
  const { ttlSeconds = config.holdTtlDefaultS, customer } = body
  if (body.lines.some((line) => line.allotment !== undefined && line.from !== undefined)) {
    return invalid('A line draws on an allotment or on what is expected, not on both.')
  }
  if (ttlSeconds > config.holdTtlMaxS) return tooLong(config)
  const lines = body.lines.map(({ sku, quantity, channel = DEFAULT_CHANNEL, ...more }) => ({
    sku,
    quantity,
    channel,
    ...more,
  }))
  return { kind: 'hold', lines, ttlSeconds, ...(customer === undefined ? {} : { customer }) }
}

function tooLong({ holdTtlMaxS }: Known['config']): Meant {
  return invalid(`ttlSeconds must be <= ${holdTtlMaxS}.`)
}
