import { Type } from 'typebox'
import { CommitRequest, ExtendRequest, FulfilRequest, HoldRequest } from '@cellarhand/protocol/stock'
import type { Refusal } from '../../stock/stock.ts'
import { DEFAULT_CHANNEL } from '../default-channel.ts'
import { intent, intentFor, invalid, type Known, type Meant } from './intent.ts'

/** Of what is asked with an id alone. */
export const Nothing = Type.Object({}, { additionalProperties: false })

/** What is asked of holds and commitments, by its operation. */
export const holdIntents = {
  holdBottles: intent(HoldRequest, hold),
  extendHold: intentFor(
    ExtendRequest,
    (holdId, { ttlSeconds }, known) => tooLong(known, ttlSeconds) ?? { kind: 'extend', holdId, ttlSeconds },
  ),
  releaseHold: intentFor(Nothing, (holdId) => ({ kind: 'release', holdId })),
  commitHold: intentFor(CommitRequest, (holdId, body) => ({ kind: 'commit', holdId, ...body })),
  shipCommitment: intentFor(FulfilRequest, (commitmentId, body) => ({ kind: 'ship', commitmentId, ...body })),
  cancelCommitment: intentFor(FulfilRequest, (commitmentId, body) => ({ kind: 'cancel', commitmentId, ...body })),
} as const

/** A hold, as the configuration lets it live. */
function hold(body: HoldRequest, known: Known): Meant {
  const { ttlSeconds = known.config.holdTtlDefaultS, lines, customer } = body
  if (lines.some((line) => line.allotment !== undefined && line.from !== undefined)) {
    return invalid('A line draws on an allotment or on what is expected, not on both.')
  }
  return (
    tooLong(known, ttlSeconds) ?? {
      kind: 'hold',
      lines: lines.map((line) => ({
        sku: line.sku,
        quantity: line.quantity,
        channel: line.channel ?? DEFAULT_CHANNEL,
        ...(line.location === undefined ? {} : { location: line.location }),
        ...(line.allotment === undefined ? {} : { allotment: line.allotment }),
        ...(line.from === undefined ? {} : { from: line.from }),
        ...(line.lot === undefined ? {} : { lot: line.lot }),
        ...(line.expectedPrice === undefined ? {} : { expectedPrice: line.expectedPrice }),
      })),
      ttlSeconds,
      ...(customer === undefined ? {} : { customer }),
    }
  )
}

function tooLong({ config }: Known, ttlSeconds: number): Refusal | undefined {
  const most = config.holdTtlMaxS
  return ttlSeconds > most ? invalid(`body/ttlSeconds must be <= ${most}.`) : undefined
}
