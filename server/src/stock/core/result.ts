import { refuse, type Ask, type Decision, type Effect } from './effect.ts'

/** An effect of a request: it happens when it is recorded, and changes nothing that is not named. */
export function effectOf(
  ask: Ask,
  parts: Partial<Effect> &
    Pick<Effect, 'movements' | 'levels' | 'holds' | 'freed' | 'shortfalls' | 'status' | 'answer'>,
): Decision {
  return {
    kind: 'effect',
    effect: {
      kind: ask.command.kind,
      entry: ask.entry,
      occurredAtUs: ask.atUs,
      recordedAtUs: ask.atUs,
      clamped: false,
      rebased: false,
      prices: [],
      ...parts,
    },
  }
}

export function overflow(): Decision {
  return refuse('quantity-overflow', 'A quantity would pass 1,000,000,000, the most a level can hold.')
}
