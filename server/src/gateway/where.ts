import type pg from 'pg'
import { createRecent, type Recent } from '../platform/recent.ts'
import {
  readCommitment,
  readDocument,
  readHold,
  readOpenBottle,
  type Command,
  type DocumentKind,
} from '../stock/stock.ts'

/** Whose something is, and where: neither ever changes of what is remembered here. */
export interface Where {
  /** `hold ID`, as a sentence names it; undefined: of something new */
  readonly what: string | undefined
  readonly customer: string | undefined
  /** undefined: it does not say */
  readonly locations: readonly (string | undefined)[]
}

/** Holds, orders and other documents that were asked for lately: some 3 MB at most. */
const REMEMBERED_MAX = 10_000

export type Whereabouts = Recent<Where>

export const createWhereabouts = (): Whereabouts => createRecent<Where>(REMEMBERED_MAX)

interface Door {
  readonly pool: pg.Pool
  readonly whereabouts: Whereabouts
}

type Named = 'hold' | 'commitment' | DocumentKind

/** What a command is about: what it names, or what it says itself. */
export async function whereOf(door: Door, command: Command): Promise<Where> {
  if ('holdId' in command) return whereIs(door, 'hold', command.holdId)
  if ('commitmentId' in command) return whereIs(door, 'commitment', command.commitmentId)
  if ('documentId' in command) return whereIs(door, documentOf(command), command.documentId, sideOf(command))
  return { what: undefined, customer: undefined, locations: locationsIn(command) }
}

function locationsIn(command: Command): readonly (string | undefined)[] {
  if ('location' in command) return [command.location]
  if ('fromLocation' in command) return [command.fromLocation]
  if (command.kind === 'hold') return command.lines.map(({ location }) => location)
  return []
}

function documentOf({ kind }: Extract<Command, { documentId: string }>): DocumentKind {
  switch (kind) {
    case 'receiveTransfer':
    case 'cancelTransfer':
      return 'transfer'
    case 'receivePurchase':
    case 'cancelPurchase':
    case 'reschedulePurchase':
      return 'purchaseOrder'
    case 'pour':
    case 'discard':
      return 'openBottle'
    default:
      return 'order'
  }
}

/** A transfer is received where it goes to, and taken back where it came from. */
function sideOf({ kind }: Command): 'from' | 'to' {
  return kind === 'receiveTransfer' ? 'to' : 'from'
}

/** What of an answer says whose it is, and where. */
interface Told {
  readonly customer?: string
  readonly location?: string
  readonly from?: string
  readonly to?: string
  readonly lines?: readonly { readonly location?: string }[]
}

/** Whose a hold, an order or another document is, and where. Of what is not there, nothing. */
async function whereIs(
  { pool, whereabouts }: Door,
  kind: Named,
  id: string,
  side: 'from' | 'to' = 'from',
): Promise<Where> {
  const name = `${kind} ${id} ${side}`
  const known = whereabouts.get(name)
  if (known) return known
  const told: Told | undefined = await read(pool, kind, id)
  const where = { what: `${kind} ${id}`, customer: told?.customer, locations: told ? placesOf(told, side) : [] }
  if (told) whereabouts.set(name, where)
  return where
}

function placesOf(told: Told, side: 'from' | 'to'): readonly (string | undefined)[] {
  const one = told.location ?? told[side]
  return one === undefined ? (told.lines ?? []).map(({ location }) => location) : [one]
}

async function read(pool: pg.Pool, kind: Named, id: string): Promise<object | undefined> {
  if (kind === 'hold') return (await readHold(pool, id)).value
  if (kind === 'commitment') return (await readCommitment(pool, id)).value
  if (kind === 'openBottle') return (await readOpenBottle(pool, id)).value
  return (await readDocument(pool, kind, id)).value
}
