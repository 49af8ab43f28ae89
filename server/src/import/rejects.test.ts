import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createRejects, csvLine } from './rejects.ts'

const folder = await mkdtemp(join(tmpdir(), 'cellarhand-rejects-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a cell that a spreadsheet would run is made a text', () => {
  expect(csvLine(['=1+1', '+1', '-1', '@x', '\tx', 'a=b', 'say "x", y'], ',')).toBe(
    `'=1+1,'+1,'-1,'@x,'\tx,a=b,"say ""x"", y"\r\n`,
  )
})

test('rejected rows are written with line, column and reason, and counted', async () => {
  const path = join(folder, 'a.rejected.csv')
  const rejects = createRejects(path, ['sku', 'wine'], ',')
  await rejects.add({ line: 3, column: 'sku', value: '=cmd()', reason: 'is no SKU code' }, ['=cmd()', 'Barolo'])
  await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      rejects.add({ line: at, column: '', value: 'v'.repeat(100), reason: 'r' }, ['x']),
    ),
  )
  expect(await rejects.close()).toBe(path)
  const lines = (await readFile(path, 'utf8')).split('\r\n')
  expect(lines[0]).toBe('sku,wine,rejected_line,rejected_column,reason')
  expect(lines[1]).toBe("'=cmd(),Barolo,3,sku,is no SKU code")
  expect(lines).toHaveLength(23)
  expect(rejects.count()).toBe(21)
  expect(rejects.first()).toHaveLength(10)
  expect(rejects.first()[1]?.value).toBe(`${'v'.repeat(60)}…`)
})

test('where nothing is rejected there is no file, not even one of an earlier import', async () => {
  const path = join(folder, 'b.rejected.csv')
  await writeFile(path, 'old')
  expect(await createRejects(path, ['sku'], ',').close()).toBeUndefined()
  await expect(readFile(path)).rejects.toThrow(/ENOENT/)
})

test('a place that cannot be written to is said at the first row', async () => {
  const rejects = createRejects(join(folder, 'no', 'such', 'folder.csv'), ['sku'], ',')
  await expect(rejects.add({ line: 2, column: '', value: '', reason: 'r' }, ['x'])).rejects.toThrow(/--rejects/)
})
