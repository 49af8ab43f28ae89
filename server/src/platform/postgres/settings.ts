import { totalmem } from 'node:os'

const mib = 1024 * 1024

/** A part of the machine's memory in MB, within bounds; a container's limit counts as the machine. */
function shareOfMemoryMb(part: number, bounds: { least: number; most: number }): number {
  const constrained = process.constrainedMemory()
  const memory = constrained && constrained > 0 && constrained < totalmem() ? constrained : totalmem()
  return Math.round(Math.min(bounds.most, Math.max(bounds.least, (memory * part) / mib)))
}

/**
 * The settings of the embedded PostgreSQL, given on its command line so that they follow the code and not a file from the day of `initdb`. Chosen
 * for 11,000 to 1,000,000 SKUs on a small box that also runs the server.
 */
export function embeddedSettings(): Record<string, string> {
  return {
    // Promise 2 rests on these three. They are the defaults; written out so that nobody has to wonder, and so that no file turns them off.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',

    // A million SKUs are some 300 MB of levels and their indexes, but the server reads from its own replica; what PostgreSQL touches is what sells.
    shared_buffers: `${shareOfMemoryMb(1 / 8, { least: 64, most: 256 })}MB`,
    effective_cache_size: `${shareOfMemoryMb(1 / 2, { least: 256, most: 4096 })}MB`,
    // An import builds indexes and vacuums; 64 MB each is plenty and cannot eat a 1 GB box.
    maintenance_work_mem: '64MB',
    work_mem: '8MB',

    // A full page image follows each checkpoint for every page touched, so checkpoints are spread out; a crash replays at most 1 GB, some 10 s.
    checkpoint_timeout: '15min',
    max_wal_size: '1GB',
    min_wal_size: '128MB',
    checkpoint_completion_target: '0.9',
    // Tried and left: pglz took 37% off the full page images and made the update that wrote them six to ten times slower.
    wal_compression: 'off',
    wal_buffers: '16MB',

    // Two server processes with their pools, command line tools and the benchmarks' pools; a slot that is not used costs some 15 KB.
    max_connections: '200',

    // All hot data is in memory: the three I/O workers that PostgreSQL 18 starts by default would only be three processes more on two cores.
    io_method: 'sync',
    // A parallel query takes cores from the batcher, and /dev/shm is 64 MB in a container.
    max_parallel_workers_per_gather: '0',
    max_parallel_maintenance_workers: '0',
    // Short statements: compiling one takes longer than running it.
    jit: 'off',
    // Solid state disks; the default of 4 turns index scans down.
    random_page_cost: '1.1',
    // Levels and holds are updated all day: dead rows are cleared every 15 s rather than every minute.
    autovacuum_naptime: '15s',

    // Errors of statements reach the client, which logs them with what they were for; the file keeps starts, ends and crashes, and stays small.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
  }
}
