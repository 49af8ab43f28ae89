import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { brand } from '@cellarhand/protocol/brand'
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
    name: `${brand.name}_batch_commands`,
    help: 'Commands of a committed batch',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  })
  const effects = new Counter({ name: `${brand.name}_effects_total`, help: 'Journal entries written', registers })
  const troubles = new Counter({
    name: `${brand.name}_batch_troubles_total`,
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
      const lagS = () => (replica.lagMs() ?? Number.NaN) / 1000
      registry.registerMetric(gauge('replica_lag_seconds', 'Since the replica last knew that it had seen all', lagS))
      const position = () => (replica.isReady() ? replica.positionNumber() : 0)
      registry.registerMetric(gauge('replica_position', 'Newest position seen', position))
      registry.registerMetric(gauge('feed_sessions', 'Clients that follow the feed', () => feed.sessionCount()))
      registry.registerMetric(gauge('feed_topics', 'Topics that somebody follows', () => feed.topicCount()))
      const { counts } = feed
      registry.registerMetric(counter('feed_frames_total', 'Frames written to clients', () => counts.frames))
      const ended = 'Connections that the server ended, by its reason'
      registry.registerMetric(counterBy('feed_ended_total', ended, 'cause', counts.ended))
      const resets = 'Topics that clients had to begin anew, by the reason'
      registry.registerMetric(counterBy('feed_resets_total', resets, 'reason', counts.resets))
    },
  }
}

/** A value that is read when it is asked for. */
function gauge(name: string, help: string, read: () => number): Gauge {
  return new Gauge({
    name: `${brand.name}_${name}`,
    help,
    registers: [],
    collect() {
      this.set(read())
    },
  })
}

/** A total that is kept elsewhere. */
function counter(name: string, help: string, read: () => number): Counter {
  return new Counter({
    name: `${brand.name}_${name}`,
    help,
    registers: [],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

/** Totals that are kept elsewhere, by a label. */
function counterBy(name: string, help: string, label: string, totals: ReadonlyMap<string, number>): Counter {
  return new Counter({
    name: `${brand.name}_${name}`,
    help,
    labelNames: [label],
    registers: [],
    collect() {
      this.reset()
      for (const [value, total] of totals) this.inc({ [label]: value }, total)
    },
  })
}
