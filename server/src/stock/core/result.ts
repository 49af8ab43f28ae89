import type { Closed } from './draft.ts'
import { refuse, type Ask, type Decision, type Effect } from './effect.ts'

/** What a command says of its effect beside what its draft has changed. Unless it says so it happens when it is recorded. */
export type More = Pick<Effect, 'status' | 'answer'> &
  Partial<
    Pick<
      Effect,
      | 'occurredAtUs'
      | 'reference'
      | 'reason'
      | 'clamped'
      | 'rebased'
      | 'newHold'
      | 'newCommitment'
      | 'document'
      | 'prices'
      | 'notes'
      | 'counts'
    >
  >

const none: readonly never[] = []

/** An effect, with each member always there and in one order: whoever reads the effects of a batch meets one shape. */
export function effectOf(ask: Ask, closed: Closed, more: More): Decision {
  return {
    kind: 'effect',
    effect: {
      kind: ask.command.kind,
      entry: ask.entry,
      occurredAtUs: more.occurredAtUs ?? ask.atUs,
      recordedAtUs: ask.atUs,
      reference: more.reference,
      reason: more.reason,
      clamped: more.clamped ?? false,
      rebased: more.rebased ?? false,
      movements: closed.movements,
      levels: closed.levels,
      newHold: more.newHold,
      holds: closed.holds,
      freed: closed.freed,
      newCommitment: more.newCommitment,
      commitments: closed.commitments,
      document: more.document,
      prices: more.prices ?? none,
      allotments: closed.allotments,
      parcels: closed.parcels,
      lots: closed.lots,
      notes: more.notes ?? none,
      counts: more.counts ?? none,
      shortfalls: closed.shortfalls,
      status: more.status,
      answer: more.answer,
    },
  }
}

export function overflow(): Decision {
  return refuse('quantity-overflow', 'A quantity would pass 1,000,000,000, the most a level can hold.')
}
