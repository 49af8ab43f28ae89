import type { Contents } from '@cellarhand/protocol/repack'
import { must } from '../../platform/must.ts'
import type { Command } from './command.ts'
import { levelKey, type Context } from './context.ts'
import { documentAnswer, type DocumentOf, type RepackBody } from './document.ts'
import { closeDraft, draftLevel, give, move, openDraft, overflowed, type Draft } from './draft.ts'
import { refuse, type Ask, type Decision } from './effect.ts'
import { consequences } from './facts.ts'
import { put } from './parcels.ts'
import { depart } from './place.ts'
import { buildLots, kindOf, layOut } from './repack-lots.ts'
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
  const refusal = rebuilt(command) ?? lotBuilt(context, command) ?? unbalanced(command)
  if (refusal) return refusal
  const draft = openDraft(context)
  const broken = breakUp(draft, command)
  if ('kind' in broken) return broken
  const built = build(draft, ask, command, broken)
  if (overflowed(draft)) return overflow()
  const losses = command.lines.flatMap((line) =>
    line.part === 'lost' ? [{ sku: line.sku, quantity: line.quantity, reason: line.reason }] : [],
  )
  const document = repackDocument(ask, { location, reference, broken, built, losses, contents })
  const closed = closeDraft(draft)
  const answer = { ...documentAnswer(document), ...consequences([], closed.shortfalls) }
  return effectOf(ask, closed, { document, reference, reason, status: 201, answer })
}

interface Repacked {
  readonly location: string
  readonly reference: string | undefined
  readonly broken: RepackBody['break']
  readonly built: RepackBody['build']
  readonly losses: RepackBody['losses']
  readonly contents: RepackBody['contents']
}

/** What goes on record of a repack, which is done with it. */
export function repackDocument(ask: Ask, { reference, broken, built, ...body }: Repacked): DocumentOf<'repack'> {
  return {
    id: ask.id,
    kind: 'repack',
    state: 'done',
    reference,
    createdAtUs: ask.atUs,
    version: 1,
    levels: [...new Set([...broken, ...built, ...body.losses].map(({ sku }) => levelKey(sku, body.location)))],
    body: { location: body.location, break: broken, build: built, losses: body.losses, contents: body.contents },
  }
}

/** Takes what is broken from what is available: the lots that are named, or else the oldest to drink. Or says why it cannot. */
function breakUp(draft: Draft, { location, lines }: Repack): RepackBody['break'][number][] | Decision {
  const broken: RepackBody['break'][number][] = []
  for (const line of lines) {
    if (line.part !== 'broken') continue
    const { sku, quantity, lot } = line
    const departed = depart(draft, location, [line], 'repack')
    if (departed.kind === 'refused') return departed.refusal
    broken.push({ sku, quantity, ...(lot === undefined ? {} : { lot }), lots: departed.lots.get(sku) ?? [] })
  }
  return broken
}

/** Puts what is built where it was broken, in no bin, with the lots of the bottles it was made of. What is lost is what is left of them. */
function build(
  draft: Draft,
  ask: Ask,
  { location, lines, contents }: Repack,
  broken: RepackBody['break'],
): RepackBody['build'] {
  const table = layOut(draft, broken, (sku) => contentsOf(contents, sku))
  const built: RepackBody['build'][number][] = []
  for (const line of lines) {
    const { sku, quantity } = line
    const level = draftLevel(draft, sku, location)
    if (line.part === 'lost') move(draft, level, 'repack', `loss:${line.reason}`, quantity)
    if (line.part !== 'built') continue
    give(draft, level, 'repack', quantity)
    const lots = buildLots(draft, ask, table, line, contentsOf(contents, sku))
    for (const one of lots) put(draft, level, one, one.quantity)
    built.push({ sku, quantity, lots })
  }
  return built
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

/** A lot that is sold by itself among what is to be built: only bottles of it are that. */
function lotBuilt({ soldLots }: Context, { lines }: Repack): Decision | undefined {
  const line = lines.find(({ sku, part }) => part === 'built' && soldLots.has(sku))
  const lot = line && soldLots.get(line.sku)
  if (!line || !lot) return undefined
  return refuse(
    'invalid-lot-offer',
    `${line.sku} is lot ${lot.lot} of ${lot.of}, which is not built: offer bottles of it with /v1/lot-offers.`,
    { sku: line.sku },
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
      const key = kindOf({ wine, vintage, formatMl })
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
