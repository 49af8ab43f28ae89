import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { AccountsServed } from '../accounts/accounts.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import type { Feed } from '../../feed/feed.ts'
import type { Config } from '../../platform/config.ts'
import type { Log } from '../../platform/logger.ts'
import type { Replica } from '../../replica/replica.ts'
import type { Reports } from '../../report/report.ts'
import type { Stock } from '../../stock/stock.ts'

/** What the gateway stands before: the doors of the modules, wired by a role. */
export interface Services {
  readonly config: Config
  readonly log: Log
  readonly pool: pg.Pool
  readonly stock: Stock
  readonly replica: Replica
  readonly feed: Feed
  readonly catalogue: Catalogue
  readonly reports: Reports
  readonly metrics: Registry
  /** How people sign in; undefined where there are no accounts. */
  readonly accounts: AccountsServed | undefined
  /** The built page's folder; undefined where this process serves none. */
  readonly pageFolder: string | undefined
}
