import type { Contents } from '@cellarhand/protocol/repack'
import { must } from '../../platform/must.ts'
import type { Command, QuantityLine, RepackLine } from './command.ts'
import { levelKey, type Context } from './context.ts'
import { documentAnswer, type DocumentOf } from './document.ts'
import { closeDraft, draftLevel, give, move, openDraft, overflowed } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { consequences } from './facts.ts'
import { depart } from './place.ts'
import { effectOf, overflow } from './result.ts'

type Repack = Extract<Command, { kind: 'repack' }>

/** Packaging that says nobody has opened it since the producer closed it. Once broken, it cannot say so again. */
const original: ReadonlySet<Contents['packaging']> = new Set(['OWC', 'OCB'])

/**
 * Makes one form of some bottles into another: a case into bottles, bottles into a case. A request: it breaks no more than is available. Of each
 * wine, vintage and format as many bottles are built and lost as are broken; what is lost never was available in between.
 */
export function decideRepack(context: Context, ask: Ask, command: Repack): Decision {
  const { location, reference, reason, contents } = command
  if (!context.locations.has(location)) return refuse('unknown-location', `There is no location ${location}.`)
  const refusal = rebuilt(command) ?? unbalanced(command)
  if (refusal) return refusal
  const draft = openDraft(context)
  const departed = depart(draft, location, linesOf(command, 'broken'), 'repack')
  if (departed.kind === 'refused') return departed.refusal
  for (const line of command.lines) {
    const level = draftLevel(draft, line.sku, location)
    if (line.part === 'built') give(draft, level, 'repack', line.quantity)
    if (line.part === 'lost') move(draft, level, 'repack', `loss:${line.reason}`, line.quantity)
  }
  if (overflowed(draft)) return overflow()
  const document: DocumentOf<'repack'> = {
    id: ask.id,
    kind: 'repack',
    state: 'done',
    reference,
    createdAtUs: ask.atUs,
    version: 1,
    levels: [...new Set(command.lines.map(({ sku }) => levelKey(sku, location)))],
    body: {
      location,
      break: linesOf(command, 'broken'),
      build: linesOf(command, 'built'),
      losses: command.lines.flatMap((line) =>
        line.part === 'lost' ? [{ sku: line.sku, quantity: line.quantity, reason: line.reason }] : [],
      ),
      contents,
    },
  }
  const closed = closeDraft(draft)
  const answer = { ...documentAnswer(document), ...consequences([], closed.shortfalls) }
  return effectOf(ask, closed, { document, reference, reason, status: 201, answer })
}

function linesOf({ lines }: Repack, part: RepackLine['part']): QuantityLine[] {
  return lines.filter((line) => line.part === part).map(({ sku, quantity }) => ({ sku, quantity }))
}

/** An original case among what is to be built. */
function rebuilt({ lines, contents }: Repack): Decision | undefined {
  const line = lines.find(({ sku, part }) => part === 'built' && original.has(contentsOf(contents, sku).packaging))
  if (!line) return undefined
  const { packaging } = contentsOf(contents, line.sku)
  return refuse(
    'original-not-rebuilt',
    `${line.sku} is an original case (${packaging}): once broken it is never built again. Build a carton.`,
    { sku: line.sku, packaging },
  )
}

interface Balance {
  readonly wine: string
  readonly vintage: number | 'NV'
  readonly formatMl: number
  readonly broken: number
  readonly built: number
  readonly lost: number
}

/** A wine of which other bottles would come out than go in. */
function unbalanced(command: Repack): Decision | undefined {
  const uneven = balancesOf(command).filter(({ broken, built, lost }) => broken !== built + lost)
  const [first] = uneven
  if (!first) return undefined
  const { wine, vintage, formatMl, broken, built, lost } = first
  return refuse(
    'repack-unbalanced',
    `Of ${wine} ${vintage} in ${formatMl} ml, ${broken} bottles would be broken, ${built} built and ${lost} lost: each that is broken is built or lost.`,
    { bottles: uneven },
  )
}

/** Bottles of each wine, vintage and format by what becomes of them. */
function balancesOf({ lines, contents }: Repack): Balance[] {
  const balances = new Map<string, Balance>()
  for (const { sku, part, quantity } of lines) {
    for (const { wine, vintage, formatMl, bottles } of contentsOf(contents, sku).bottles) {
      const key = `${wine} ${vintage} ${formatMl}`
      const known = balances.get(key) ?? { wine, vintage, formatMl, broken: 0, built: 0, lost: 0 }
      balances.set(key, { ...known, [part]: known[part] + quantity * bottles })
    }
  }
  return [...balances.values()]
}

function contentsOf(contents: readonly Contents[], sku: string): Contents {
  return must(
    contents.find((one) => one.sku === sku),
    `the contents of ${sku}`,
  )
}
