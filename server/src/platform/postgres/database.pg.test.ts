import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type pg from 'pg'
import { createEmptyDatabase, startPrivatePostgres } from '../../../test/postgres.ts'
import {
  assertDurable,
  connect,
  connectPipelined,
  createPool,
  durabilityProblems,
  withTransaction,
} from './database.ts'

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
let pool: pg.Pool
const lost: Error[] = []

beforeAll(async () => {
  database = await createEmptyDatabase()
  pool = createPool(database.url, { max: 3, applicationName: 'pool test', onError: (error) => lost.push(error) })
  await pool.query(
    'create table bottle (id int primary key, note text, constraint late unique (note) deferrable initially deferred)',
  )
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const asOther = async (sql: string, values: unknown[] = []) => {
  const client = await connect(database.url, { applicationName: 'other' })
  try {
    return await client.query(sql, values)
  } finally {
    await client.end()
  }
}

const terminate = (pid: unknown) => asOther('select pg_terminate_backend($1, 5000)', [pid])
const pidOf = async (client: pg.ClientBase | pg.Pool) =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid

describe('values', () => {
  test('a bigint is a number, alone and in an array, and the driver for others is as it was', async () => {
    const { rows } = await pool.query(`select 9007199254740991::bigint as most, array[1, null, 3]::bigint[] as several,
      1.50::numeric as exact, date '2024-02-29' as day, array[date '2024-02-29'] as days, timestamptz '2024-02-29 10:00+01' as moment`)
    expect(rows).toEqual([
      {
        most: Number.MAX_SAFE_INTEGER,
        several: [1, null, 3],
        exact: '1.50',
        day: '2024-02-29',
        days: ['2024-02-29'],
        moment: new Date('2024-02-29T09:00:00Z'),
      },
    ])
  })

  test('a bigint that a number cannot hold exactly is an error and not another number', async () => {
    await expect(pool.query('select 9007199254740992::bigint')).rejects.toThrow('9007199254740992 does not fit')
    await expect(pool.query('select -9007199254740993::bigint')).rejects.toThrow('does not fit')
    expect((await pool.query('select 1::bigint as one')).rows).toEqual([{ one: 1 }])
  })
})

describe('the pool', () => {
  test('goes on when an idle connection is terminated', async () => {
    const before = lost.length
    await terminate(await pidOf(pool))
    await expect.poll(() => lost.length).toBeGreaterThan(before)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('goes on when a connection is terminated while checked out and at rest', async () => {
    const client = await pool.connect()
    await terminate(await pidOf(client))
    await expect(client.query('select 1')).rejects.toThrow(/terminat|not queryable/)
    client.release(new Error('lost'))
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  test('goes on when a connection is terminated in the middle of a transaction, which is not there afterwards', async () => {
    const work = withTransaction(pool, async (client) => {
      await client.query(`insert into bottle values (1, 'lost')`)
      await terminate(await pidOf(client))
      await client.query('select 1')
    })
    await expect(work).rejects.toThrow(/terminat|not queryable/)
    expect((await pool.query('select * from bottle where id = 1')).rowCount).toBe(0)
    expect(pool.waitingCount).toBe(0)
  })

  test('refuses who has waited too long for a connection, and serves the next', async () => {
    const small = createPool(database.url, { max: 1, applicationName: 'small', connectTimeoutMs: 200 })
    const client = await small.connect()
    await expect(small.connect()).rejects.toThrow('timeout')
    client.release()
    expect((await small.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await small.end()
  })

  test('does not wait for a lock beyond its bound', async () => {
    await pool.query(`insert into bottle values (7, 'seven')`)
    const quick = createPool(database.url, { max: 1, applicationName: 'quick', lockTimeoutMs: 100 })
    await withTransaction(pool, async (holder) => {
      await holder.query('select 1 from bottle where id = 7 for update')
      await expect(quick.query('select 1 from bottle where id = 7 for update')).rejects.toThrow('lock timeout')
    })
    await quick.end()
  })
})

describe('a transaction', () => {
  test('is there when it resolved and is not when the work threw', async () => {
    await withTransaction(pool, (client) => client.query(`insert into bottle values (10, 'kept')`))
    const failing = withTransaction(pool, async (client) => {
      await client.query(`insert into bottle values (11, 'dropped')`)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect((await pool.query('select id from bottle where id in (10, 11)')).rows).toEqual([{ id: 10 }])
  })

  test('that swallowed a failed statement is reported, though its commit succeeds with the tag ROLLBACK', async () => {
    const work = withTransaction(pool, async (client) => {
      await client.query(`insert into bottle values (20, 'swallowed')`)
      await client.query('select 1/0').catch(() => {})
    })
    await expect(work).rejects.toThrow('answered ROLLBACK')
    expect((await pool.query('select 1 from bottle where id = 20')).rowCount).toBe(0)
  })

  test('that fails at its commit gives back a connection that works', async () => {
    await withTransaction(pool, (client) => client.query(`insert into bottle values (30, 'same')`))
    const work = withTransaction(pool, (client) => client.query(`insert into bottle values (31, 'same')`))
    await expect(work).rejects.toThrow('late')
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})

describe('a pipelined connection', () => {
  test('answers in order, and a commit after a failed statement has the tag ROLLBACK', async () => {
    const client = await connectPipelined(database.url, { applicationName: 'pipeline test' })
    const answers = await Promise.allSettled([
      client.query('begin'),
      client.query(`insert into bottle values (40, 'piped')`),
      client.query('select 1/0'),
      client.query('commit'),
      client.query('select count(*) as n from bottle where id = 40'),
    ])
    expect(answers.map((answer) => answer.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(answers[3]).toMatchObject({ value: { command: 'ROLLBACK' } })
    expect(answers[4]).toMatchObject({ value: { rows: [{ n: 0 }] } })
    await client.end()
  })

  test('that is lost rejects all that is under way and leaves the process up', async () => {
    const client = await connectPipelined(database.url, { applicationName: 'pipeline test' })
    const pid = await pidOf(client)
    const underWay = [client.query('select pg_sleep(20)'), client.query('select 1')]
    const settled = Promise.allSettled(underWay)
    await terminate(pid)
    expect((await settled).map((answer) => answer.status)).toEqual(['rejected', 'rejected'])
  })
})

describe('durability', () => {
  test('a database with everything on is fit', async () => {
    await withTransaction(pool, assertDurable)
  })

  test('synchronous_commit off, for the session or by the database, is refused with what to do', async () => {
    await withTransaction(pool, async (client) => {
      await client.query('set local synchronous_commit = off')
      await expect(assertDurable(client)).rejects.toThrow('set synchronous_commit = on')
    })
  })

  test('fsync and full_page_writes off are refused, a sentence each', async () => {
    const unsafe = await startPrivatePostgres({ fsync: 'off', full_page_writes: 'off' })
    try {
      const client = await connect(unsafe.url, { applicationName: 'unsafe' })
      expect(await durabilityProblems(client)).toEqual([
        expect.stringContaining('set fsync = on'),
        expect.stringContaining('set full_page_writes = on'),
      ])
      await client.end()
    } finally {
      await unsafe.stop()
    }
  })
})
