import type { Way } from './lines/line.ts'

/** What a device tells of itself. */
export type Signal = 'online' | 'offline' | 'shown'

/** Everything that is not computed here comes in through this door: a test brings its own world. Times in ms. */
export interface World {
  /** A clock that never jumps; for waits. */
  now(): number
  /** The device's clock, which may be wrong; for `updatedAt` alone. */
  wall(): number
  /** From 0 to below 1. */
  random(): number
  /** A name that nobody else will make, for an intent. */
  key(): string
  /** Runs something later; calling what it gives calls it off. */
  after(ms: number, run: () => void): () => void
  readonly fetch: typeof fetch
  /** The ways to connect, the best first. */
  readonly ways: readonly Way[]
  /** Tells what the device tells, until what it gives is called. */
  signals(on: (signal: Signal) => void): () => void
}

/** Strings that survive a reload: `localStorage`, or an asynchronous one as of React Native. */
export interface Storage {
  get(key: string): string | null | undefined | Promise<string | null | undefined>
  set(key: string, value: string): unknown
  remove(key: string): unknown
}
