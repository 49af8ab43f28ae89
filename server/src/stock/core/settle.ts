import type { Command } from './command.ts'
import { consequences, notesOf, stockAnswer } from './facts.ts'
import { instant } from './answer.ts'
import type { Context } from './context.ts'
import { closeDraft, draftLevel, give, move, openDraft, overflowed, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision, type Effect } from './effect.ts'
import { effectOf, overflow } from './result.ts'

/** Corrects a level by a difference, if it is still the version it was based on. A request: it takes only what is available. */
export function decideAdjust(context: Context, ask: Ask, command: Extract<Command, { kind: 'adjust' }>): Decision {
  if (!context.locations.has(command.location)) {
    return refuse('unknown-location', `There is no location ${command.location}.`)
  }
  const draft = openDraft(context)
  const level = draftLevel(draft, command.sku, command.location)
  if (command.version !== undefined && command.version !== level.version) {
    return refuse('version-stale', `The level is at version ${level.version}, not ${command.version}.`, {
      version: level.version,
      available: level.available,
    })
  }
  if (command.delta < 0 && level.available < -command.delta) {
    return refuse('below-zero', `${level.available} are available, fewer than ${-command.delta}.`, {
      available: level.available,
    })
  }
  draft.isCorrection = true
  if (command.delta < 0) move(draft, level, 'available', 'adjustment', -command.delta)
  else give(draft, level, 'adjustment', command.delta)
  if (overflowed(draft)) return overflow()
  return settled(ask, draft, command)
}

/** Bottles of a quarantine that can be sold again. A request: no more than stand there. */
export function decideReinstate(
  context: Context,
  ask: Ask,
  command: Extract<Command, { kind: 'reinstate' }>,
): Decision {
  if (!context.locations.has(command.location)) {
    return refuse('unknown-location', `There is no location ${command.location}.`)
  }
  const draft = openDraft(context)
  for (const { sku, quantity } of command.lines) {
    const level = draftLevel(draft, sku, command.location)
    if (level.quarantined < quantity) {
      return refuse('not-quarantined', `Of ${sku} ${level.quarantined} are in quarantine, fewer than ${quantity}.`, {
        sku,
        requested: quantity,
        quarantined: level.quarantined,
      })
    }
    give(draft, level, 'quarantined', quantity)
  }
  return settled(ask, draft, command, notesOf(command))
}

/** The effect of a request that moves bottles at levels, answered as facts are. */
export function settled(
  ask: Ask,
  draft: Draft,
  { reason, reference }: { reason?: string; reference?: string },
  notes: Effect['notes'] = [],
): Decision {
  const head = { reason, reference }
  const closed = closeDraft(draft)
  const answer = {
    ...stockAnswer(ask, { ...head, occurredAtUs: ask.atUs, clamped: false, rebased: false }, draft),
    ...consequences([], closed.shortfalls),
  }
  return effectOf(ask, closed, { ...head, notes, status: 201, answer })
}

/** New prices, ordered with holds: the levels a channel sells from are locked while its price changes. */
export function decidePrices(context: Context, ask: Ask, command: Extract<Command, { kind: 'setPrice' }>): Decision {
  for (const { sku, channel: id, price } of command.lines) {
    const channel = context.channels.get(id)
    if (!channel) return refuse('unknown-channel', `There is no channel ${id}.`)
    if (channel.currency !== price.currency) {
      return refuse('currency-mismatch', `Channel ${id} sells in ${channel.currency}, not in ${price.currency}.`, {
        sku,
      })
    }
  }
  return effectOf(ask, closeDraft(openDraft(context)), {
    prices: command.lines,
    status: 201,
    answer: { id: String(ask.entry), recordedAt: instant(ask.atUs), prices: command.lines },
  })
}
