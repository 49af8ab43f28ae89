import { createCarts, type Carts } from './carts.ts'
import type { Config } from '../platform/config.ts'
import { createWhereabouts, type Whereabouts } from './where.ts'
import type pg from 'pg'

/** What is kept beside the doors, for all ways in together. */
export interface Kept {
  /** whose holds and documents are, as far as they were asked for */
  readonly whereabouts: Whereabouts
  readonly carts: Carts
}

export function openKept(doors: { readonly pool: pg.Pool; readonly config: Config }): Kept {
  return { whereabouts: createWhereabouts(), carts: createCarts(doors, Date.now) }
}
