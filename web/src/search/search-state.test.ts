import { expect, test } from 'vitest'
import {
  chosenCount,
  cleared,
  inChannel,
  parseSearch,
  printSearch,
  QUERY_MAX,
  toggle,
  winesQuery,
} from './search-state.ts'

test('an address and a search are the same thing written twice', () => {
  const address = '?q=ch%C3%A2teau+margaux&channel=shop&colour=red&colour=white&price=1000-2500'
  const state = parseSearch(address)
  expect(state).toMatchObject({ q: 'château margaux', channel: 'shop' })
  expect(state.chosen.colour).toEqual(['red', 'white'])
  expect(printSearch(state)).toBe(address)
})

test('nothing asked is an empty address', () => {
  expect(printSearch(parseSearch(''))).toBe('')
  expect(printSearch(parseSearch('?channel=web&q=++&unknown=1'))).toBe('')
})

test('what an address cannot mean is left out', () => {
  const state = parseSearch(`?q=${'x'.repeat(500)}&colour=red&colour=red&colour=`)
  expect(state.q).toHaveLength(QUERY_MAX)
  expect(state.chosen.colour).toEqual(['red'])
})

test('a value is chosen, and taken back', () => {
  const chosen = toggle(parseSearch(''), 'region', 'Mosel')
  expect(chosen.chosen.region).toEqual(['Mosel'])
  expect(chosenCount(chosen)).toBe(1)
  expect(toggle(chosen, 'region', 'Mosel').chosen.region).toEqual([])
})

test('another channel keeps what was chosen but the price, which is in another money', () => {
  const state = inChannel(parseSearch('?q=krug&region=Champagne&price=1000-'), 'bond')
  expect(printSearch(state)).toBe('?q=krug&channel=bond&region=Champagne')
})

test('clearing keeps the channel', () => {
  expect(printSearch(cleared(parseSearch('?q=krug&channel=bond&region=Champagne')))).toBe('?channel=bond')
})

test('facets are asked for with the first page only', () => {
  const state = parseSearch('?q=krug&grape=Chardonnay&grape=Meunier')
  expect(winesQuery(state, { limit: 24 })).toBe(
    'q=krug&grape=Chardonnay&grape=Meunier&channel=web&offered=true&limit=24&facets=true',
  )
  expect(winesQuery(state, { limit: 24, cursor: 'abc' })).toBe(
    'q=krug&grape=Chardonnay&grape=Meunier&channel=web&offered=true&limit=24&cursor=abc',
  )
})
