import { expect, test } from 'vitest'
import { createAnnouncer, PAUSE_MS } from './announcer.ts'

function bench() {
  let now = 0
  let due: { at: number; run: () => void } | undefined
  const announcer = createAnnouncer({
    now: () => now,
    after: (ms, run) => {
      due = { at: now + ms, run }
      return () => {}
    },
  })
  const pass = (ms: number) => {
    now += ms
    if (!due || due.at > now) return
    const { run } = due
    due = undefined
    run()
  }
  return { announcer, pass }
}

test('it is empty at load', () => {
  expect(bench().announcer.spoken()).toBe('')
})

test('it speaks at once, and then not for five seconds', () => {
  const { announcer, pass } = bench()
  announcer.say('A', 'A is low.')
  pass(0)
  expect(announcer.spoken()).toBe('A is low.')
  announcer.say('B', 'B has sold out.')
  pass(PAUSE_MS - 1)
  expect(announcer.spoken()).toBe('A is low.')
  pass(1)
  expect(announcer.spoken()).toBe('B has sold out.')
})

test('what is newer about the same thing takes the place of the older', () => {
  const { announcer, pass } = bench()
  announcer.say('A', 'A is low.')
  announcer.say('A', 'A has sold out.')
  pass(0)
  expect(announcer.spoken()).toBe('A has sold out.')
})

test("the reader's own doing comes first, and of a crowd only the number is said", () => {
  const { announcer, pass } = bench()
  for (const name of ['A', 'B', 'C']) announcer.say(name, `${name} is low.`)
  announcer.say('hold', 'Held 2 bottles.', { own: true })
  pass(0)
  expect(announcer.spoken()).toBe('Held 2 bottles. A is low. 2 more changes.')
})
