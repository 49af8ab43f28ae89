import { facetNames, type FacetName } from './facet-names.ts'

/** What the reader is looking for. It lives in the address, so that it can be shared and gone back to. */
export interface SearchState {
  readonly q: string
  readonly channel: string
  readonly chosen: Readonly<Record<FacetName, readonly string[]>>
}

const DEFAULT_CHANNEL = 'web'
/** Longest query sent: longer than any label. */
export const QUERY_MAX = 120
/** Most values of one facet in an address: more is not a choice. */
const VALUES_MAX = 40

/** Reads an address's query string; what it does not know or cannot use is left out. Pure. */
export function parseSearch(search: string): SearchState {
  const params = new URLSearchParams(search)
  const chosen = {} as Record<FacetName, readonly string[]>
  for (const name of facetNames) {
    chosen[name] = [...new Set(params.getAll(name).filter((value) => value !== ''))].slice(0, VALUES_MAX)
  }
  return { q: (params.get('q') ?? '').slice(0, QUERY_MAX), channel: params.get('channel') || DEFAULT_CHANNEL, chosen }
}

/** Writes it as an address's query string, '' when there is nothing to say. Pure. */
export function printSearch(state: SearchState): string {
  const params = new URLSearchParams()
  if (state.q.trim() !== '') params.set('q', state.q.trim())
  if (state.channel !== DEFAULT_CHANNEL) params.set('channel', state.channel)
  for (const name of facetNames) for (const value of state.chosen[name]) params.append(name, value)
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

/** Chooses a facet's value, or takes it back. Pure. */
export function toggle(state: SearchState, name: FacetName, value: string): SearchState {
  const values = state.chosen[name]
  const next = values.includes(value) ? values.filter((one) => one !== value) : [...values, value]
  return { ...state, chosen: { ...state.chosen, [name]: next } }
}

/** Another channel: its price bands are others, so those chosen are dropped. Pure. */
export function inChannel(state: SearchState, channel: string): SearchState {
  return { ...state, channel, chosen: { ...state.chosen, price: [] } }
}

/** Nothing chosen, nothing typed; the channel stays. Pure. */
export function cleared(state: SearchState): SearchState {
  return parseSearch(state.channel === DEFAULT_CHANNEL ? '' : `?channel=${encodeURIComponent(state.channel)}`)
}

/** How many facet values are chosen. */
export function chosenCount(state: SearchState): number {
  return facetNames.reduce((sum, name) => sum + state.chosen[name].length, 0)
}

/** The query of `GET /v1/wines` for one page of it. Pure. */
export function winesQuery(state: SearchState, page: { limit: number; cursor?: string | undefined }): string {
  const params = new URLSearchParams()
  if (state.q.trim() !== '') params.set('q', state.q.trim())
  for (const name of facetNames) for (const value of state.chosen[name]) params.append(name, value)
  params.set('channel', state.channel)
  params.set('offered', 'true')
  params.set('limit', String(page.limit))
  if (page.cursor === undefined) params.set('facets', 'true')
  else params.set('cursor', page.cursor)
  return params.toString()
}
