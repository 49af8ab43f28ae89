import type { IncomingMessage } from 'node:http'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { Access } from '../access/access.ts'
import type { AccountsServed } from './accounts/accounts.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Feed } from '../feed/feed.ts'
import type { Limits } from '../limits/limits.ts'
import type { Conduct } from '../conduct/conduct.ts'
import type { Config } from '../platform/config.ts'
import type { Log } from '../platform/logger.ts'
import type { Tls } from '../platform/tls.ts'
import type { Replica } from '../replica/replica.ts'
import type { Reports } from '../report/report.ts'
import type { Stock } from '../stock/stock.ts'
import type { Kept } from './kept.ts'
import type { IsMeant, WhosePage } from './origin.ts'

/** What the gateway stands before: the doors of the modules, wired by a role. */
export interface Doors extends Kept {
  readonly config: Config
  readonly log: Log
  readonly access: Access
  /** How people sign in; undefined where there are no accounts. */
  readonly accounts: AccountsServed | undefined
  readonly limits: Limits
  readonly conduct: Conduct
  readonly pool: pg.Pool
  readonly stock: Stock
  readonly replica: Replica
  readonly feed: Feed
  readonly catalogue: Catalogue
  readonly reports: Reports
  readonly metrics: Registry
  /** what the server proves itself with over TLS; undefined where it speaks plainly */
  readonly tls: Tls | undefined
  /** The built page's folder; undefined where this process serves none. */
  readonly pageFolder: string | undefined
}

/** The doors, and what is known of who comes over HTTP. */
export interface Services extends Doors {
  /** whether a request calls this server by a name that it has */
  readonly isMeant: IsMeant
  /** whose page asks, as its browser says it */
  readonly whosePage: WhosePage
  /** where a request comes from, as far as the proxies that are trusted say so */
  readonly addressOf: (request: IncomingMessage) => string
}
