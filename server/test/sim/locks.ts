import type { Clock } from './clock.ts'

/** What PostgreSQL says when something cannot be, by its SQLSTATE. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Who holds locks: a transaction. */
export interface Holder {
  readonly name: string
}

export interface Locks {
  /** Waits for a lock, in the order of asking; throws 40P01 where the wait would be a circle, 55P03 after the timeout. */
  take(holder: Holder, lock: string, how?: 'alone' | 'shared'): Promise<void>
  isFree(lock: string): boolean
  /** All of a holder's locks, and its waits. */
  releaseAll(holder: Holder): void
}

interface Waiter {
  readonly holder: Holder
  readonly how: 'alone' | 'shared'
  readonly go: (error?: Error) => void
}

interface Lock {
  readonly holders: Map<Holder, 'alone' | 'shared'>
  waiters: Waiter[]
}

export function createLocks(clock: Clock, timeoutMs: number): Locks {
  const locks = new Map<string, Lock>()
  const waitsFor = new Map<Holder, Lock>()
  const named = (name: string) => {
    let lock = locks.get(name)
    if (!lock) locks.set(name, (lock = { holders: new Map(), waiters: [] }))
    return lock
  }
  const wait = (lock: Lock, holder: Holder, how: 'alone' | 'shared', name: string) =>
    new Promise<void>((resolve, reject) => {
      const callOff = clock.after(timeoutMs, () => waiter.go(new DatabaseError('55P03', `lock timeout on ${name}`)))
      const waiter: Waiter = {
        holder,
        how,
        go: (error) => {
          callOff()
          waitsFor.delete(holder)
          lock.waiters = lock.waiters.filter((one) => one !== waiter)
          if (error) reject(error)
          else resolve()
        },
      }
      lock.waiters.push(waiter)
      waitsFor.set(holder, lock)
      if (isCircle(waitsFor, holder)) waiter.go(new DatabaseError('40P01', `deadlock on ${name}`))
    })
  return {
    take: async (holder, name, how = 'alone') => {
      const lock = named(name)
      const held = lock.holders.get(holder)
      if (held === 'alone' || held === how) return
      if (lock.waiters.length === 0 && fits(lock, holder, how)) lock.holders.set(holder, how)
      else await wait(lock, holder, how, name)
    },
    isFree: (name) => (locks.get(name)?.holders.size ?? 0) === 0,
    releaseAll: (holder) => {
      const waited = waitsFor.get(holder)
      waited?.waiters
        .find((waiter) => waiter.holder === holder)
        ?.go(new DatabaseError('57P01', 'the connection was ended'))
      for (const lock of locks.values()) if (lock.holders.delete(holder)) admit(lock)
      if (waited) admit(waited)
    },
  }
}

function fits(lock: Lock, holder: Holder, how: 'alone' | 'shared'): boolean {
  return [...lock.holders].every(([other, theirs]) => other === holder || (how === 'shared' && theirs === 'shared'))
}

function admit(lock: Lock): void {
  for (let first = lock.waiters[0]; first && fits(lock, first.holder, first.how); first = lock.waiters[0]) {
    lock.holders.set(first.holder, first.how)
    first.go()
  }
}

function isCircle(waitsFor: ReadonlyMap<Holder, Lock>, from: Holder): boolean {
  const seen = new Set<Holder>()
  const reaches = (holder: Holder): boolean => {
    const lock = waitsFor.get(holder)
    if (!lock) return false
    return [...lock.holders.keys()].some((other) => {
      if (other === from && holder !== from) return true
      if (other === holder || seen.has(other)) return false
      seen.add(other)
      return reaches(other)
    })
  }
  return reaches(from)
}
