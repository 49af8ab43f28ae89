import { expect, test, vi } from 'vitest'
import type { Postmaster } from './postmaster.ts'
import { supervise } from './supervise.ts'

/** A postmaster that ends when told to. */
function pretend(pid: number) {
  let end: (how: string) => void = () => {}
  const ended = new Promise<string>((resolve) => (end = resolve))
  return { postmaster: { pid, port: 1, ended } satisfies Postmaster, end: () => end('signal SIGKILL') }
}

test('one that ends is replaced, and the last one is handed over on release', async () => {
  const [first, second] = [pretend(1), pretend(2)]
  const supervised = supervise(first.postmaster, { restart: async () => second.postmaster, say: () => {} })
  first.end()
  await vi.waitFor(() => expect(supervised.current().pid).toBe(2))
  expect(await supervised.release()).toBe(second.postmaster)
})

test('one that does not come back is given up after ten attempts, and says why', async () => {
  const first = pretend(1)
  const restart = vi.fn<() => Promise<Postmaster>>(() => Promise.reject(new Error('the disk is full')))
  const supervised = supervise(first.postmaster, { restart, say: () => {}, waitsMs: [0, 1, 2] })
  first.end()
  expect(await supervised.givenUp).toBe('PostgreSQL ended and 10 attempts did not bring it back: the disk is full')
  expect(restart).toHaveBeenCalledTimes(10)
  expect(await supervised.release()).toBeUndefined()
})

test('a release during the wait before an attempt ends the wait', async () => {
  const first = pretend(1)
  const restart = vi.fn<() => Promise<Postmaster>>(() => Promise.reject(new Error('no')))
  const supervised = supervise(first.postmaster, { restart, say: () => {}, waitsMs: [0, 60_000] })
  first.end()
  await vi.waitFor(() => expect(restart).toHaveBeenCalledTimes(1))
  expect(await supervised.release()).toBeUndefined()
})
