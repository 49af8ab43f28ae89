import { Type } from 'typebox'
import { CommitRequest, ExtendRequest, FulfilRequest, HoldRequest } from '@cellarhand/protocol/stock'
import { extendCommand, holdCommand } from '../commands.ts'
import { intent, intentFor, orInvalid, type Known, type Meant } from './intent.ts'

/** Of what is asked with an id alone. */
export const Nothing = Type.Object({}, { additionalProperties: false })

/** What is asked of holds and commitments, by its operation. */
export const holdIntents = {
  holdBottles: intent(HoldRequest, hold),
  extendHold: intentFor(ExtendRequest, (holdId, { ttlSeconds }, { config }) =>
    orInvalid(extendCommand(config, holdId, ttlSeconds)),
  ),
  releaseHold: intentFor(Nothing, (holdId) => ({ kind: 'release', holdId })),
  commitHold: intentFor(CommitRequest, (holdId, body) => ({ kind: 'commit', holdId, ...body })),
  shipCommitment: intentFor(FulfilRequest, (commitmentId, body) => ({ kind: 'ship', commitmentId, ...body })),
  cancelCommitment: intentFor(FulfilRequest, (commitmentId, body) => ({ kind: 'cancel', commitmentId, ...body })),
} as const

function hold(body: HoldRequest, { config }: Known): Meant {
  return orInvalid(holdCommand(config, body))
}
