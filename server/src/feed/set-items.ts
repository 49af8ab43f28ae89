import { formatPosition } from '../log/log.ts'
import type { Live } from '../replica/replica.ts'
import type { FoundItems } from './finder.ts'
import type { Page, PageQuery } from './items.ts'

interface Leaver {
  readonly sku: string
  readonly at: number
}

interface SetState {
  readonly live: Live
  readonly channel: string
  members: Set<string>
  /** when it came, of members that were not there from the first */
  readonly joined: Map<string, number>
  /** by the order of leaving; a key below zero is a place here */
  readonly leavers: Leaver[]
  /** the newest place of each that has left and not come back */
  readonly gone: Map<string, number>
  loaded: boolean
}

/** The offers, in a channel, of the SKUs that `replace` says. */
export function setItems(live: Live, channel: string): FoundItems {
  const state: SetState = {
    live,
    channel,
    members: new Set(),
    joined: new Map(),
    leavers: [],
    gone: new Map(),
    loaded: false,
  }
  const nameOf = (key: number) => (key < 0 ? (state.leavers[-1 - key]?.sku ?? '') : live.skuOf(key))
  return {
    type: 'offers',
    isLoaded: () => state.loaded,
    members: () => state.members,
    replace: (skus, at) => replace(state, skus, at),
    forgetPositions() {
      state.joined.clear()
      state.gone.clear()
      state.leavers.length = 0
    },
    page: (query) => page(state, query, nameOf),
    text: (key) => (key < 0 ? goneText(state, state.leavers[-1 - key]) : live.offerJsonOf(key)),
    nameOf,
    // What was in it before is known to this process at best: who comes back begins anew.
    horizon: () => Infinity,
  }
}

function replace(state: SetState, skus: readonly string[], at: number): number[] {
  const next = new Set(skus)
  const keys: number[] = []
  for (const sku of state.members) {
    if (next.has(sku)) continue
    state.joined.delete(sku)
    state.leavers.push({ sku, at })
    state.gone.set(sku, state.leavers.length - 1)
    keys.push(-state.leavers.length)
  }
  const fresh = state.loaded ? skus.filter((sku) => !state.members.has(sku)) : []
  for (const sku of fresh) {
    state.joined.set(sku, at)
    state.gone.delete(sku)
  }
  state.members = next
  state.loaded = true
  return [...keys, ...rowsOf(state, fresh)]
}

/** Keys of the offers there are of some SKUs. */
function rowsOf({ live, channel }: SetState, skus: readonly string[]): readonly number[] {
  return skus.length === 0 ? [] : live.offerKeys({ channel, skus, limit: skus.length }).rows
}

function page(state: SetState, { since, after, limit }: PageQuery, nameOf: (key: number) => string): Page {
  const { live, channel, members, joined, gone, leavers } = state
  const skus = [...members]
  const changed = live.offerKeys({ channel, skus, since, limit: Math.max(1, skus.length) }).rows
  const late = since === undefined ? [] : [...joined].flatMap(([sku, at]) => (at > since ? [sku] : []))
  const left = since === undefined ? [] : [...gone.values()].filter((place) => (leavers[place]?.at ?? 0) > since)
  const keys = [...new Set([...changed, ...rowsOf(state, late), ...left.map((place) => -1 - place)])]
    .filter((key) => after === undefined || nameOf(key) > after)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const some = keys.slice(0, limit)
  const last = some.at(-1)
  return { keys: some, next: keys.length > limit && last !== undefined ? nameOf(last) : undefined }
}

function goneText({ live, channel }: SetState, leaver: Leaver | undefined): string {
  const position = formatPosition(live.epoch(), Math.floor(leaver?.at ?? 0))
  return JSON.stringify({ sku: leaver?.sku, channel, gone: true, position })
}
