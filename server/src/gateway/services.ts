import type { IncomingMessage } from 'node:http'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { Access } from '../access/access.ts'
import type { AccountsServed } from './accounts/accounts.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Feed } from '../feed/feed.ts'
import type { Limits } from '../limits/limits.ts'
import type { Config } from '../platform/config.ts'
import type { Log } from '../platform/logger.ts'
import type { Replica } from '../replica/replica.ts'
import type { Reports } from '../report/report.ts'
import type { Stock } from '../stock/stock.ts'
import type { Carts } from './carts.ts'
import type { Whereabouts } from './where.ts'

/** What the gateway stands before: the doors of the modules, wired by a role. */
export interface Doors {
  readonly config: Config
  readonly log: Log
  readonly access: Access
  /** How people sign in; undefined where there are no accounts. */
  readonly accounts: AccountsServed | undefined
  readonly limits: Limits
  readonly pool: pg.Pool
  readonly stock: Stock
  readonly replica: Replica
  readonly feed: Feed
  readonly catalogue: Catalogue
  readonly reports: Reports
  readonly metrics: Registry
  /** The built page's folder; undefined where this process serves none. */
  readonly pageFolder: string | undefined
}

/** The doors, and what the gateway itself keeps. */
export interface Services extends Doors {
  /** whose holds and documents are, as far as they were asked for */
  readonly whereabouts: Whereabouts
  readonly carts: Carts
  /** whether a request comes from a page of this server */
  readonly isOwnOrigin: (request: IncomingMessage) => boolean
}
