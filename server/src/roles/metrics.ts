import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Feed } from '../feed/feed.ts'
import type { Replica } from '../replica/replica.ts'

/** What a process measures of itself. */
export interface Measures {
  readonly registry: Registry
  committed(commands: number, effects: number): void
  trouble(what: string): void
  watch(replica: Replica, feed: Feed): void
}

export function createMeasures(): Measures {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const batches = new Histogram({
    name: 'cellarhand_batch_commands',
    help: 'Commands of a committed batch',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  })
  const effects = new Counter({ name: 'cellarhand_effects_total', help: 'Journal entries written', registers })
  const troubles = new Counter({
    name: 'cellarhand_batch_troubles_total',
    help: 'Batches that failed and were mended, by what was done',
    labelNames: ['remedy'],
    registers,
  })
  return {
    registry,
    committed(commands, written) {
      batches.observe(commands)
      effects.inc(written)
    },
    trouble: (what) => troubles.inc({ remedy: what }),
    watch(replica, feed) {
      new Gauge({
        name: 'cellarhand_replica_lag_seconds',
        help: 'Since the replica last knew that it had seen all',
        registers,
        collect() {
          this.set((replica.lagMs() ?? Number.NaN) / 1000)
        },
      })
      new Gauge({
        name: 'cellarhand_replica_position',
        help: 'Newest position seen',
        registers,
        collect() {
          this.set(replica.isReady() ? replica.positionNumber() : 0)
        },
      })
      new Gauge({
        name: 'cellarhand_feed_sessions',
        help: 'Clients that follow the feed',
        registers,
        collect() {
          this.set(feed.sessionCount())
        },
      })
    },
  }
}
