import type { Command, HoldLineRequest } from '../src/stock/core/command.ts'
import { locations, worldSettings } from './cellar-world.ts'

/** One bottle that is there, and who has a claim on it: nobody, a hold or a commitment. */
interface Bottle {
  readonly level: string
  claim: 'none' | `hold ${string}` | `commitment ${string}`
}

interface Happened {
  readonly level: string
  readonly atUs: number
  readonly counted?: number
  readonly delta?: number
  readonly source: string
}

interface NaiveHold {
  state: 'active' | 'revoked' | 'released' | 'expired' | 'committed'
  readonly madeAtUs: number
  expiresAtUs: number
}

/** What was asked, by whom and when, and the id for a hold. */
export interface NaiveAsk {
  readonly command: Command
  readonly atUs: number
  readonly source: string
  readonly id: string
}

/**
 * Stock as a child would keep it: every bottle a thing in a list, every fact a line in a diary, and on hand worked out of the whole
 * diary each time. Slow, and shares nothing with the core but the words.
 */
export interface NaiveCellar {
  /** `done`, `nothing`, or the slug of the refusal. */
  tell(ask: NaiveAsk): string
  count(level: string, what: 'available' | 'held' | 'committed' | 'short'): number
  holdState(id: string): string | undefined
}

interface Cellar {
  bottles: Bottle[]
  owed: string[]
  readonly diary: Happened[]
  readonly holds: Map<string, NaiveHold>
  readonly commitments: Set<string>
  readonly holdLifeMaxUs: number
}

export function openNaiveCellar(): NaiveCellar {
  const cellar: Cellar = {
    bottles: [],
    owed: [],
    diary: [],
    holds: new Map(),
    commitments: new Set(),
    holdLifeMaxUs: 3_600_000_000,
  }
  return {
    tell: (ask) => tell(cellar, ask),
    holdState: (id) => cellar.holds.get(id)?.state,
    count: (level, what) => {
      if (what === 'short') return 0 - cellar.owed.filter((one) => one === level).length
      const starts = { available: 'none', held: 'hold', committed: 'commitment' }[what]
      return cellar.bottles.filter((bottle) => bottle.level === level && bottle.claim.startsWith(starts)).length
    },
  }
}

function tell(cellar: Cellar, ask: NaiveAsk): string {
  const { command } = ask
  switch (command.kind) {
    case 'hold':
      return hold(cellar, ask, command.lines, command.ttlSeconds)
    case 'extend':
    case 'release':
    case 'commit':
      return changeHold(cellar, ask, command)
    case 'expire':
    case 'free':
      return tidyHold(cellar, ask, command)
    case 'ship':
    case 'cancel':
      return fulfil(cellar, ask, command)
    case 'adjust':
      return adjust(cellar, ask, command)
    case 'receive':
    case 'sale':
    case 'writeOff':
    case 'count':
      return fact(cellar, ask, command)
    case 'setPrice':
      return 'done'
  }
}

const free = (cellar: Cellar, level: string) =>
  cellar.bottles.filter((one) => one.level === level && one.claim === 'none')

function hold(cellar: Cellar, { id, atUs }: NaiveAsk, lines: readonly HoldLineRequest[], ttlSeconds: number): string {
  const channelOf = (name: string) => worldSettings.channels.find((one) => one.id === name)
  // What is named wrongly is said before what is not there.
  for (const { channel: name, location } of lines) {
    const channel = channelOf(name)
    if (!channel) return 'unknown-channel'
    if (location !== undefined && !channel.locations.includes(location)) return 'location-not-in-channel'
  }
  const before = cellar.bottles.map((bottle) => ({ ...bottle }))
  for (const { sku, quantity, channel: name, location } of lines) {
    const channel = channelOf(name)
    if (!channel) continue
    const offered = (location === undefined ? channel.locations : [location]).flatMap((one) =>
      free(cellar, `${sku}@${one}`),
    )
    const kept = location === undefined ? channel.safetyStock : 0
    if (offered.length - kept < quantity) {
      cellar.bottles = before
      return 'insufficient-stock'
    }
    for (const bottle of offered.slice(0, quantity)) bottle.claim = `hold ${id}`
  }
  cellar.holds.set(id, { state: 'active', madeAtUs: atUs, expiresAtUs: atUs + ttlSeconds * 1_000_000 })
  return 'done'
}

function letGo(cellar: Cellar, id: string, level?: string): void {
  for (const bottle of cellar.bottles) {
    if (bottle.claim === `hold ${id}` && (level === undefined || bottle.level === level)) bottle.claim = 'none'
  }
}

type HoldChange = Extract<Command, { kind: 'extend' | 'release' | 'commit' }>

function changeHold(cellar: Cellar, { atUs }: NaiveAsk, command: HoldChange): string {
  const known = cellar.holds.get(command.holdId)
  if (!known) return 'not-found'
  if (known.state !== 'active') return 'hold-ended'
  if (command.kind === 'extend') {
    const expiresAtUs = atUs + command.ttlSeconds * 1_000_000
    if (expiresAtUs > known.madeAtUs + cellar.holdLifeMaxUs) return 'hold-life-exceeded'
    known.expiresAtUs = expiresAtUs
  } else if (command.kind === 'release') {
    known.state = 'released'
    letGo(cellar, command.holdId)
  } else {
    known.state = 'committed'
    cellar.commitments.add(command.holdId)
    for (const bottle of cellar.bottles) {
      if (bottle.claim === `hold ${command.holdId}`) bottle.claim = `commitment ${command.holdId}`
    }
  }
  return 'done'
}

function tidyHold(
  cellar: Cellar,
  { atUs }: NaiveAsk,
  { kind, holdId }: { kind: 'expire' | 'free'; holdId: string },
): string {
  const known = cellar.holds.get(holdId)
  if (kind === 'expire') {
    if (known?.state !== 'active' || known.expiresAtUs > atUs) return 'nothing'
    known.state = 'expired'
  } else if (known?.state !== 'revoked' || !cellar.bottles.some((bottle) => bottle.claim === `hold ${holdId}`)) {
    return 'nothing'
  }
  letGo(cellar, holdId)
  return 'done'
}

type Fulfil = Extract<Command, { kind: 'ship' | 'cancel' }>

function fulfil(cellar: Cellar, ask: NaiveAsk, { kind, commitmentId, lines }: Fulfil): string {
  if (!cellar.commitments.has(commitmentId)) return 'not-found'
  const claimed = cellar.bottles.filter((bottle) => bottle.claim === `commitment ${commitmentId}`)
  let chosen = claimed
  if (lines) {
    chosen = []
    for (const { sku, location, quantity } of lines) {
      const fitting = claimed.filter(
        (bottle) =>
          !chosen.includes(bottle) &&
          locations.some((one) => bottle.level === `${sku}@${one}` && one === (location ?? one)),
      )
      // Lines of a commitment are taken in the order they were filled in.
      if (fitting.length < quantity) return 'nothing-outstanding'
      chosen = [...chosen, ...inOrder(fitting).slice(0, quantity)]
    }
  }
  if (chosen.length === 0) return 'nothing-outstanding'
  for (const bottle of chosen) {
    cellar.bottles = cellar.bottles.filter((one) => one !== bottle)
    if (kind === 'cancel') arrive(cellar, bottle.level, 1)
    else cellar.diary.push({ level: bottle.level, atUs: ask.atUs, delta: -1, source: ask.source })
  }
  return 'done'
}

function inOrder(bottles: readonly Bottle[]): Bottle[] {
  const rank = (bottle: Bottle) => locations.findIndex((one) => bottle.level.endsWith(`@${one}`))
  return bottles.toSorted((a, b) => rank(a) - rank(b))
}

function adjust(cellar: Cellar, ask: NaiveAsk, { sku, location, delta }: Extract<Command, { kind: 'adjust' }>): string {
  const level = `${sku}@${location}`
  if (free(cellar, level).length < -delta) return 'below-zero'
  cellar.diary.push({ level, atUs: ask.atUs, delta, source: ask.source })
  if (delta >= 0) arrive(cellar, level, delta)
  else leave(cellar, level, -delta)
  return 'done'
}

type Fact = Extract<Command, { kind: 'receive' | 'sale' | 'writeOff' | 'count' }>

/** Into the diary with it; then on hand is made what the diary says it is. */
function fact(cellar: Cellar, { atUs, source }: NaiveAsk, command: Fact): string {
  const happenedUs = Math.min(atUs, command.occurredAtMs === undefined ? atUs : command.occurredAtMs * 1_000)
  for (const line of command.lines) {
    const level = `${line.sku}@${command.location}`
    const head = { level, atUs: happenedUs, source }
    if ('counted' in line) cellar.diary.push({ ...head, counted: line.counted })
    else cellar.diary.push({ ...head, delta: command.kind === 'receive' ? line.quantity : -line.quantity })
    const isThere =
      cellar.bottles.filter((bottle) => bottle.level === level).length -
      cellar.owed.filter((one) => one === level).length
    const difference = onHandOf(cellar, level) - isThere
    if (difference >= 0) arrive(cellar, level, difference)
    else leave(cellar, level, -difference)
  }
  return 'done'
}

/** On hand at a level is its latest count plus every physical movement that happened after that count. */
function onHandOf(cellar: Cellar, level: string): number {
  const here = cellar.diary.filter((one) => one.level === level)
  const counts = here.filter((one) => one.counted !== undefined)
  const latest = counts.reduce<Happened | undefined>(
    (best, one) =>
      best === undefined || one.atUs > best.atUs || (one.atUs === best.atUs && one.source >= best.source) ? one : best,
    undefined,
  )
  return here
    .filter((one) => one.delta !== undefined && (latest === undefined || one.atUs > latest.atUs))
    .reduce((sum, one) => sum + (one.delta ?? 0), latest?.counted ?? 0)
}

function arrive(cellar: Cellar, level: string, quantity: number): void {
  for (let i = 0; i < quantity; i++) {
    const debt = cellar.owed.indexOf(level)
    if (debt >= 0) cellar.owed.splice(debt, 1)
    else cellar.bottles.push({ level, claim: 'none' })
  }
}

/** From what nobody claims; then the newest hold loses its claim; then the bottle is owed. */
function leave(cellar: Cellar, level: string, quantity: number): void {
  const newestFirst = [...cellar.holds.keys()].toReversed()
  while (free(cellar, level).length < quantity) {
    const newest = newestFirst.find((id) =>
      cellar.bottles.some((one) => one.level === level && one.claim === `hold ${id}`),
    )
    if (newest === undefined) break
    letGo(cellar, newest, level)
    ;(cellar.holds.get(newest) as NaiveHold).state = 'revoked'
  }
  for (let i = 0; i < quantity; i++) {
    const [bottle] = free(cellar, level)
    if (bottle) cellar.bottles = cellar.bottles.filter((one) => one !== bottle)
    else cellar.owed.push(level)
  }
}
