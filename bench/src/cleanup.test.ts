import { expect, test } from 'vitest'
import { createCleanup } from './cleanup.ts'

test('what was set up is undone once, the newest first, and a step that fails stops no other', async () => {
  const done: string[] = []
  const told: unknown[] = []
  const cleanup = createCleanup((error) => told.push(error))
  cleanup.add(() => void done.push('folder'))
  cleanup.add(() => Promise.reject(new Error('stuck')))
  const stop = cleanup.add(() => void done.push('server'))
  await stop()
  await cleanup.run()
  await cleanup.run()
  expect(done).toEqual(['server', 'folder'])
  expect(told).toEqual([new Error('stuck')])
})

test('who asks for it again while it is under way waits for its end', async () => {
  let isDone = false
  const cleanup = createCleanup(() => {})
  cleanup.add(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    isDone = true
  })
  void cleanup.run()
  await cleanup.run()
  expect(isDone).toBe(true)
})
