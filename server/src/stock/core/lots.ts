import type { Command } from './command.ts'
import type { Context, LevelState } from './context.ts'
import { draftLevel, openDraft, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { openLot } from './lot.ts'
import { draw, parcelsAt, put, unassigned } from './parcels.ts'
import { settled } from './settle.ts'

/** Moves bottles from bin to bin within a location: no more than lie there. No level changes. */
export function decideMove(context: Context, ask: Ask, command: Extract<Command, { kind: 'move' }>): Decision {
  if (!context.locations.has(command.location)) {
    return refuse('unknown-location', `There is no location ${command.location}.`)
  }
  const draft = openDraft(context)
  for (const { sku, quantity, lot = '', fromBin = '', toBin = '' } of command.lines) {
    const level = draftLevel(draft, sku, command.location)
    const there = lying(draft, level, lot, fromBin)
    if (there < quantity) {
      const where = fromBin === '' ? 'in no bin' : `in ${fromBin}`
      return refuse(
        'not-in-bin',
        `Of ${sku}${lot === '' ? '' : ` of lot ${lot}`} ${there} lie ${where}, fewer than ${quantity}.`,
        {
          sku,
          requested: quantity,
          there,
        },
      )
    }
    draw(draft, level, quantity, { lot, bin: fromBin })
    put(draft, level, { lot, bin: toBin }, quantity)
  }
  return settled(ask, draft, command)
}

function lying(draft: Draft, level: LevelState, lot: string, bin: string): number {
  if (lot === '' && bin === '') return unassigned(draft, level)
  return parcelsAt(draft, level)
    .filter((parcel) => parcel.lot === lot && parcel.bin === bin)
    .reduce((sum, { quantity }) => sum + quantity, 0)
}

/** Says of bottles that are there and of no lot that they are one: for what was in the cellar before its lots were kept. */
export function decideLot(context: Context, ask: Ask, command: Extract<Command, { kind: 'openLot' }>): Decision {
  const { sku, location, quantity, bin = '' } = command
  if (!context.locations.has(location)) return refuse('unknown-location', `There is no location ${location}.`)
  const draft = openDraft(context)
  const level = draftLevel(draft, sku, location)
  const there = lying(draft, level, '', bin)
  if (there < quantity) {
    return refuse('not-in-bin', `Of ${sku} ${there} are of no lot there, fewer than ${quantity}.`, {
      sku,
      requested: quantity,
      there,
    })
  }
  draw(draft, level, quantity, { lot: '', bin })
  put(draft, level, { lot: openLot(draft, ask, sku, command.lot), bin }, quantity)
  return settled(ask, draft, command)
}
