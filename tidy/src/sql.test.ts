import { describe, expect, test } from 'vitest'
import { projectFiles } from './files.ts'
import { published } from './published.ts'
import { mentionsIn, schemaComplaints } from './sql.ts'

describe('the SQL of a module', () => {
  test('touches only its own schema, in the whole server', () => {
    expect(schemaComplaints(projectFiles(/^server\/(src\/.*\.ts|sql\/.*\.sql)$/), published)).toEqual([])
  })

  const migration = { path: 'server/sql/0001-log.sql', text: 'create schema log; create schema stock;' }
  const complaints = (path: string, text: string) =>
    schemaComplaints([migration, { path, text }], {
      names: { log: { append: 'why' } },
      auditors: { verify: 'why' },
    })

  test.each([
    ['a template', 'const q = `select 1 from stock.levels where a = ${b}`'],
    ['a string', "const q = 'select 1 from stock.levels'"],
    ['a join', 'const q = `select 1 from log.log l join stock.levels s on true`'],
    ['a comma list', 'const q = `select 1 from log.log l, stock.levels s where true`'],
    ['a write', 'const q = `insert into stock.levels values (1)`'],
    ['a function', 'const q = `select stock.secret(1)`'],
    ['a sequence', "const q = `select nextval('stock.batches')`"],
    ['a later line', 'const q = `delete\n from stock.levels`'],
  ])('is seen in %s', (_, text) => {
    expect(complaints('server/src/feed/feed.ts', text).length).toBeGreaterThan(0)
    expect(complaints('server/src/stock/batcher.ts', text).filter((one) => one.includes('stock.'))).toEqual([])
  })

  test('is judged in migrations by the word after their number', () => {
    expect(complaints('server/sql/0002-feed.sql', 'create table stock.more (id int);')).toHaveLength(1)
    expect(complaints('server/sql/0002-stock.sql', 'create table stock.more (id int);')).toEqual([])
    expect(complaints('server/sql/0002-feed.sql', 'create schema more; create table more.x (id int);')).toEqual([])
  })

  test('may use what another module publishes, and an auditor may read but not write', () => {
    expect(complaints('server/src/stock/batcher.ts', 'const q = `select log.append(1)`')).toEqual([])
    expect(complaints('server/src/verify/verify.ts', 'const q = `select 1 from stock.levels`')).toEqual([])
    expect(complaints('server/src/verify/verify.ts', 'const q = `update stock.levels set a = 1`')).toHaveLength(1)
  })

  test('is not mistaken: columns of an alias, comments, quoted texts, prose, tests', () => {
    const schemas = ['log', 'stock']
    expect(
      mentionsIn('select log.position, stock.sku from x log, y stock where log.position = stock.p', schemas),
    ).toEqual([])
    expect(mentionsIn("select 1 -- from stock.levels\n from x where a = 'from stock.levels'", schemas)).toEqual([])
    expect(mentionsIn('Import the file stock.csv again.', schemas)).toEqual([])
    expect(complaints('server/src/feed/feed.pg.test.ts', 'const q = `delete from stock.levels`')).toEqual([])
  })
})
