import { expect, test } from 'vitest'
import { every, sleep } from './loop.ts'

test('a sleep ends early when its signal aborts, and at once when it has aborted before', async () => {
  const stop = new AbortController()
  const from = performance.now()
  setTimeout(() => stop.abort(), 20)
  await sleep(5_000, stop.signal)
  await sleep(5_000, stop.signal)
  expect(performance.now() - from).toBeLessThan(2_000)
})

test('a loop goes on after a step that threw, and ends with its signal, its last step done', async () => {
  const stop = new AbortController()
  const errors: unknown[] = []
  let steps = 0
  await every(
    1,
    async () => {
      steps += 1
      if (steps === 2) throw new Error('second')
      if (steps === 4) stop.abort()
      await sleep(1)
    },
    { signal: stop.signal, onError: (error) => errors.push(error) },
  )
  expect(steps).toBe(4)
  expect(errors).toEqual([new Error('second')])
})
