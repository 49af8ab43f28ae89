import { expect, test } from 'vitest'
import { createPaces } from './pace.ts'

function open() {
  const clock = { nowMs: 1_000_000 }
  const paces = createPaces(() => clock.nowMs)
  const kinds = (subject: string) => paces.asked(subject, ['WINE']).map(({ kind }) => kind)
  return { clock, paces, kinds, pass: (ms: number) => (clock.nowMs += ms) }
}

const levels = (available: number) => ({ levels: [['WINE', 'shop', available, 0] as const] })

test('whoever asks within a moment of bottles that come back is quicker than a hand, and a moment later nobody is', () => {
  const { paces, kinds, pass } = open()
  paces.follows(levels(0))
  pass(6_000)
  paces.follows(levels(12))
  pass(140)
  expect(kinds('user:bot')).toEqual(['reflex'])
  pass(20)
  expect(kinds('user:ada')).toEqual([])
})

test('bottles that were gone for seconds only, as in a storm of carts, surprise nobody', () => {
  const { paces, kinds, pass } = open()
  for (let round = 0; round < 5; round += 1) {
    paces.follows(levels(0))
    pass(900)
    paces.follows(levels(1))
    expect(kinds(`user:${round}`)).toEqual([])
  }
})

test('nine requests as even as a clock are a rhythm, once; a hand keeps none', () => {
  const { kinds, pass } = open()
  const found = []
  for (let call = 0; call < 17; call += 1) {
    pass(1_000 + (call % 3) * 2)
    found.push(...kinds('user:bot'))
  }
  expect(found).toEqual(['rhythm', 'rhythm'])
  for (let call = 0; call < 40; call += 1) {
    pass(1_000 + ((call * 37) % 11) * 9)
    expect(kinds('user:ada')).toEqual([])
  }
})

test('what comes faster than a tenth of a second is left to the rates', () => {
  const { kinds, pass } = open()
  for (let call = 0; call < 30; call += 1) {
    pass(20)
    expect(kinds('user:ada')).toEqual([])
  }
})
