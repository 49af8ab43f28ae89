import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLedger, PROOF_MS, type Asker, type Ledger } from './ledger.ts'
import type { Ending, Sign } from './sign.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.UTC(2030, 0, 1)
const OFFICE = 'address:office'

/** A ledger, and a clock that is set by hand. */
function open(strictness = 1) {
  const clock = { nowMs: START }
  const ledger = createLedger({ nowMs: () => clock.nowMs, strictness })
  return { clock, ledger, pass: (ms: number) => (clock.nowMs += ms) }
}

type Open = ReturnType<typeof open>

const asker = (subject: string, more: Partial<Asker> = {}): Asker => ({
  subject,
  parties: [subject],
  address: OFFICE,
  authenticatedAtMs: undefined,
  ...more,
})

interface Held {
  readonly ending?: Ending
  readonly share?: number
  readonly forMs?: number
}

/** Somebody held something, and it ended now. */
function ended({ clock, ledger }: Open, party: string, { ending = 'lapsed', share = 0.01, forMs = MINUTE }: Held = {}) {
  const sign = { kind: ending, beganAtMs: clock.nowMs - forMs, atMs: clock.nowMs, sku: 'WINE', share }
  ledger.note({ ...sign, party })
  ledger.note({ ...sign, party: OFFICE, subject: party, network: '192.0.2.0/24' })
}

/** Holds a share of one SKU again and again, and buys nothing. */
function cycle(world: Open, party: string, times: number, share = 0.9) {
  for (let round = 0; round < times; round += 1) {
    world.pass(2 * MINUTE)
    ended(world, party, { share })
  }
}

const verdictOf = (ledger: Ledger, party: string) => ledger.look(party).verdict

test('probe 37: a bot that holds 90 % of a lot again and again is slowed, asked for proof, asked again, and then told to wait', () => {
  const world = open()
  const { ledger, clock, pass } = world
  const seen = []
  for (let round = 0; round < 6; round += 1) {
    cycle(world, 'user:bot', 1)
    seen.push(verdictOf(ledger, 'user:bot'))
  }
  expect(seen).toEqual(['fine', 'fine', 'slow', 'prove', 'prove', 'prove'])
  expect(ledger.meet(asker('user:bot')).heldBack).toEqual({ verdict: 'prove', party: 'user:bot' })
  for (let proof = 0; proof < 2; proof += 1) {
    const proved = ledger.meet(asker('user:bot', { authenticatedAtMs: clock.nowMs - 1_000 }))
    expect(proved.heldBack).toBeUndefined()
    expect(proved.sign?.kind).toBe('proved')
    expect(verdictOf(ledger, 'user:bot')).toBe('slow')
    cycle(world, 'user:bot', 2)
  }
  const { heldBack } = ledger.meet(asker('user:bot', { authenticatedAtMs: clock.nowMs }))
  expect(heldBack).toMatchObject({ verdict: 'stop', party: 'user:bot' })
  pass((heldBack?.retryAfterS ?? 0) * 1_000)
  expect(verdictOf(ledger, 'user:bot')).toBe('slow')
  pass(6 * HOUR)
  expect(verdictOf(ledger, 'user:bot')).toBe('fine')
})

test('one sign-in is one proof, and an old one is none', () => {
  const world = open()
  const { ledger, clock } = world
  cycle(world, 'user:bot', 5)
  const signedIn = clock.nowMs
  expect(ledger.meet(asker('user:bot', { authenticatedAtMs: signedIn - PROOF_MS })).heldBack?.verdict).toBe('prove')
  expect(ledger.meet(asker('user:bot', { authenticatedAtMs: signedIn })).heldBack).toBeUndefined()
  cycle(world, 'user:bot', 2)
  expect(ledger.meet(asker('user:bot', { authenticatedAtMs: signedIn })).heldBack?.verdict).toBe('prove')
})

test('whoever is slowed is told when to come, and let through then; the pause grows', () => {
  const world = open()
  const { ledger, pass } = world
  const waits = []
  for (const [more, share] of [
    [3, 0.95],
    [1, 0.4],
  ] as const) {
    cycle(world, 'user:bot', more, share)
    pass(HOUR / 60)
    expect(ledger.meet(asker('user:bot')).heldBack).toBeUndefined()
    const waitS = ledger.meet(asker('user:bot')).heldBack?.retryAfterS ?? 0
    waits.push(waitS)
    pass(waitS * 1_000)
    expect(ledger.meet(asker('user:bot')).heldBack).toBeUndefined()
  }
  expect(waits[0]).toBeGreaterThanOrEqual(5)
  expect(waits[1]).toBeGreaterThan(waits[0] ?? 0)
})

test('probe 37: fifty guests from one address who buy nothing are asked to sign in, and others of it who buy are not', () => {
  const world = open()
  const { ledger } = world
  for (let guest = 0; guest < 50; guest += 1) ended(world, `guest:${guest}`)
  ended(world, 'user:buyer', { ending: 'bought' })
  expect(ledger.suspicions()).toMatchObject([
    { party: OFFICE, network: '192.0.2.0/24', verdict: 'prove', reasons: [{ reason: 'accounts', figure: 50 }] },
  ])
  expect(ledger.meet(asker('guest:new')).heldBack).toEqual({ verdict: 'prove', party: OFFICE })
  expect(ledger.meet(asker('user:buyer')).heldBack).toBeUndefined()
  expect(ledger.meet(asker('user:new', { authenticatedAtMs: START })).heldBack).toBeUndefined()
  expect(ledger.meet(asker('guest:elsewhere', { address: 'address:else' })).heldBack).toBeUndefined()
})

test('a bot that is a new guest for each hold is known by the address', () => {
  const world = open()
  for (let guest = 0; guest < 7; guest += 1) {
    world.pass(2 * MINUTE)
    ended(world, `guest:${guest}`, { share: 0.9 })
  }
  expect(world.ledger.look(OFFICE)).toMatchObject({ verdict: 'prove', reasons: [{ reason: 'cycling' }, {}] })
})

test('a guest who signs in does not leave behind what they did', () => {
  const world = open()
  cycle(world, 'guest:bot', 5)
  const signedIn = asker('user:new', { parties: ['user:new', 'guest:bot'] })
  expect(world.ledger.meet(signedIn).heldBack).toEqual({ verdict: 'prove', party: 'guest:bot' })
})

test('a customer who lets two holds of all there is lapse is fine', () => {
  const world = open()
  cycle(world, 'user:ada', 2, 1)
  expect(world.ledger.suspicions()).toEqual([])
  expect(world.ledger.meet(asker('user:ada'))).toEqual({})
})

test('a customer who thinks it over ten times and buys twice is fine', () => {
  const world = open()
  for (let round = 0; round < 10; round += 1) {
    world.pass(MINUTE)
    ended(world, 'user:ada', { ending: round % 5 === 4 ? 'bought' : 'released' })
  }
  expect(world.ledger.suspicions()).toEqual([])
})

test('an office of forty behind one address, where each third buys, is fine', () => {
  const world = open()
  for (let person = 0; person < 40; person += 1) {
    world.pass(10_000)
    ended(world, `user:${person}`, { ending: person % 3 === 0 ? 'bought' : 'lapsed' })
  }
  expect(world.ledger.suspicions()).toEqual([])
})

test('a launch day with five hundred buyers in ten seconds, from an address each or from one, is fine', () => {
  const world = open()
  for (let person = 0; person < 500; person += 1) {
    world.pass(20)
    expect(world.ledger.meet(asker(`user:${person}`))).toEqual({})
    ended(world, `user:${person}`, { ending: person % 4 === 0 ? 'bought' : 'lapsed', forMs: 20 })
  }
  expect(world.ledger.suspicions()).toEqual([])
})

test('what staff clear is forgotten and does not come back with what is read again; a block ends by itself or by that', () => {
  const world = open()
  const { ledger, clock, pass } = world
  cycle(world, 'user:bot', 5)
  const before = clock.nowMs
  pass(1_000)
  ledger.note({ party: 'user:bot', kind: 'cleared', atMs: clock.nowMs })
  expect(ledger.look('user:bot')).toMatchObject({ score: 0, verdict: 'fine' })
  ledger.note({ party: 'user:bot', kind: 'lapsed', atMs: before, sku: 'WINE', share: 1 })
  expect(ledger.look('user:bot').reasons).toEqual([])
  const block: Sign = { party: 'user:bot', kind: 'blocked', atMs: clock.nowMs + 1, untilMs: clock.nowMs + HOUR }
  ledger.note(block)
  expect(ledger.meet(asker('user:bot', { authenticatedAtMs: clock.nowMs })).heldBack?.verdict).toBe('blocked')
  pass(HOUR)
  expect(verdictOf(ledger, 'user:bot')).toBe('fine')
})

test('signs that are heard in another order come to the same score', () => {
  const signs = Array.from({ length: 8 }, (_, index): Sign => {
    const atMs = START - (8 - index) * 10 * MINUTE
    return { party: 'user:bot', kind: 'lapsed', atMs, beganAtMs: atMs - MINUTE, share: 0.1, sku: 'WINE' }
  })
  const scores = [signs, signs.toReversed()].map((some) => {
    const { ledger } = open()
    for (const sign of some) ledger.note(sign)
    return ledger.look('user:bot').score
  })
  expect(scores[0]).toBeGreaterThan(0)
  expect(scores[1]).toBe(scores[0])
})

test('half as strict is half the score', () => {
  const [strict, lax] = [open(), open(0.5)]
  for (const world of [strict, lax]) cycle(world, 'user:bot', 4)
  expect(verdictOf(strict.ledger, 'user:bot')).toBe('prove')
  expect(verdictOf(lax.ledger, 'user:bot')).toBe('fine')
})

test('a million guests take no more memory than the least lately heard of are worth', () => {
  const world = open()
  cycle(world, 'user:old', 5)
  for (let guest = 0; guest < 20_000; guest += 1)
    world.ledger.note({ party: `guest:${guest}`, kind: 'lapsed', atMs: START })
  expect(verdictOf(world.ledger, 'user:old')).toBe('fine')
  expect(world.ledger.suspicions()).toEqual([])
})

const someEnding = fc.record({
  ending: fc.constantFrom<Ending>('lapsed', 'released', 'bought'),
  who: fc.integer({ min: 0, max: 5 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  afterMs: fc.integer({ min: 0, max: 20 * MINUTE }),
})

/** Plays what some people do behind one address. */
function play(world: Open, endings: readonly { who: number; ending: Ending; share: number; afterMs: number }[]) {
  for (const { who, afterMs, ...held } of endings) {
    world.pass(afterMs)
    ended(world, `user:${who}`, held)
  }
}

test('whatever happens, scores lie between 0 and 100 and fall by themselves to nothing', () => {
  fc.assert(
    fc.property(fc.array(someEnding, { maxLength: 60 }), (endings) => {
      const world = open()
      play(world, endings)
      const scores = () => [OFFICE, 'user:0', 'user:5'].map((party) => world.ledger.look(party).score)
      let before = scores()
      for (const score of before) expect(score).toSatisfy((one: number) => one >= 0 && one <= 100)
      for (let hour = 0; hour < 12; hour += 1) {
        world.pass(HOUR)
        const after = scores()
        for (const [index, score] of after.entries()) expect(score).toBeLessThanOrEqual(before[index] ?? 0)
        before = after
      }
      expect(world.ledger.suspicions()).toEqual([])
    }),
  )
})

test('whoever lets go of little, and buys one of four, is fine whatever the order and the pauses', () => {
  const carts = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 10 * MINUTE })), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(carts, (rounds) => {
      const world = open()
      for (const [bought, afterMs] of rounds) {
        for (let cart = 0; cart < 4; cart += 1) {
          world.pass(afterMs / 4)
          ended(world, 'user:ada', { ending: cart === bought ? 'bought' : 'lapsed', share: 0.2 })
        }
      }
      expect(world.ledger.suspicions()).toEqual([])
    }),
  )
})

test('to buy never makes somebody more suspected', () => {
  fc.assert(
    fc.property(fc.array(someEnding, { maxLength: 40 }), (endings) => {
      const [without, withOne] = [open(), open()]
      for (const world of [without, withOne]) play(world, endings)
      ended(withOne, 'user:0', { ending: 'bought' })
      for (const party of [OFFICE, 'user:0']) {
        expect(withOne.ledger.look(party).score).toBeLessThanOrEqual(without.ledger.look(party).score)
      }
    }),
  )
})
