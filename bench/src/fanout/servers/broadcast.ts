import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Made } from './maker.ts'

/** A server that passes values on to whoever follows them. */
export interface Broadcast {
  readonly port: number
  take(made: readonly Made[]): void
  /** Drops what waits. */
  forget?(): void
}

/** The port that a server listens on, as soon as it does. */
export function listen(http: Server): Promise<number> {
  return new Promise((resolve) => {
    http.listen(0, '127.0.0.1', () => resolve((http.address() as AddressInfo).port))
  })
}
