import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { brand } from '@cellarhand/protocol/brand'
import type { Cache, Read } from '../catalogue/catalogue.ts'
import type { Conduct } from '../conduct/conduct.ts'
import type { Feed } from '../feed/feed.ts'
import type { HeardOnBus, Replica } from '../replica/replica.ts'

/** What a process measures of itself. */
export interface Measures {
  readonly registry: Registry
  committed(commands: number, effects: number): void
  trouble(what: string): void
  heard(what: HeardOnBus): void
  watchRedis(isUp: () => boolean): void
  cacheRead(read: Read): void
  watchCache(cache: Cache): void
  watch(replica: Replica, feed: Feed): void
  watchConduct(conduct: Conduct): void
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
    ...createRedisMeasures(registry),
    ...createCacheMeasures(registry),
    committed(commands, written) {
      batches.observe(commands)
      effects.inc(written)
    },
    watchConduct(conduct) {
      const held = 'Holds that were not made for what became of others, by why'
      registry.registerMetric(counterBy('holds_held_back_total', held, 'verdict', conduct.heldBack))
      const suspected = 'Customers, guests and addresses that are suspected now'
      registry.registerMetric(gauge('suspicions', suspected, () => conduct.suspicions().length))
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

/** Whether Redis is there, and what became of what came by it. */
function createRedisMeasures(registry: Registry): Pick<Measures, 'heard' | 'watchRedis'> {
  const heard = new Counter({
    name: `${brand.name}_bus_heard_total`,
    help: 'Rows of the log that came by the bus, by what became of them',
    labelNames: ['what'],
    registers: [registry],
  })
  return {
    heard: (what) => heard.inc({ what }),
    watchRedis(isUp) {
      registry.registerMetric(gauge('redis_up', 'Whether Redis carries what it is told', () => Number(isUp())))
    },
  }
}

/** How often what was dear to compute was there already, and how old it was. */
function createCacheMeasures(registry: Registry): Pick<Measures, 'cacheRead' | 'watchCache'> {
  const registers = [registry]
  const reads = new Counter({
    name: `${brand.name}_cache_reads_total`,
    help: 'Searches and wines that were asked for, by where they came from',
    labelNames: ['of', 'from'],
    registers,
  })
  const outdated = new Counter({
    name: `${brand.name}_cache_outdated_total`,
    help: 'Searches and wines that were there, and that the log had touched since',
    labelNames: ['of'],
    registers,
  })
  const ages = new Histogram({
    name: `${brand.name}_cache_age_seconds`,
    help: 'How long ago that was computed which was shown',
    labelNames: ['of'],
    buckets: [0.1, 1, 5, 10, 20, 40, 60],
    registers,
  })
  return {
    watchCache: (cache) => registry.registerMetric(gauge('cache_bytes', 'Bytes kept in memory', () => cache.bytes())),
    cacheRead({ of, from, ageMs, outdated: wasOutdated }) {
      reads.inc({ of, from })
      if (wasOutdated) outdated.inc({ of })
      if (from !== 'computed') ages.observe({ of }, ageMs / 1_000)
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
