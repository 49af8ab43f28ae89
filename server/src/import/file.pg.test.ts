import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { useImporting, wineHeader, wineRows } from '../../test/importing.ts'
import { exitCode, importCatalogue, reportText } from './import.ts'

const { at, fileOf, bring, sizes } = useImporting()

describe('a file', () => {
  test('names each wrong row with line, column and reason, and takes the others', async () => {
    const content = [
      'sku,wine,vintage,format_ml,colour,price:web',
      'A-1,Barolo,2015,750,red,40',
      'A 2,Barolo,2016,750,red,40',
      'A-3,Barolo,2017,750,purple,40',
      'A-4,Barolo,2018',
      'A-5,"Barolo"x,2018,750,red,40',
      'A-6,Barolo,2019,750,red,=1+1',
      'A-1,Barolo,2015,1500,red,90',
      'A-1,Barolo,2015,750,red,40',
      'A-7,Bar\u0000olo,2020,750,red,40',
      'A-8,"Barolo, ""Cannubi""\nRiserva",2020,750,red,40.00',
      'A-9,Barolo,2020,1500,red,',
    ].join('\r\n')
    const source = await fileOf(content)
    const report = await importCatalogue(at.deps, { source, mapping: at.ours })
    expect(report.rejections.map(({ line, column }) => [line, column])).toEqual([
      [3, 'sku'],
      [4, 'colour'],
      [5, ''],
      [6, ''],
      [7, 'price:web'],
      [8, 'sku'],
      [10, 'wine'],
      [11, 'wine'],
    ])
    expect(report).toMatchObject({ added: 2, rejected: 8, rejectsPath: `${source}.rejected.csv` })
    expect(report.rejections[5]?.reason).toContain('stands on line 2 already')
    const written = (await readFile(`${source}.rejected.csv`, 'utf8')).split('\r\n')
    expect(written[0]).toBe('sku,wine,vintage,format_ml,colour,price:web,rejected_line,rejected_column,reason')
    expect(written).toContain(
      'A-6,Barolo,2019,750,red,\'=1+1,7,price:web,"not an amount: write digits, with a point before the decimals"',
    )
    const text = reportText(report)
    expect(text).toContain(`2 in, 8 not (see ${source}.rejected.csv).`)
    expect(text).toContain('line 4, colour "purple": is none of red, white, rose, orange')
    expect(text).toContain('1 rows say again')
    expect(exitCode(report)).toBe(0)
  })

  test('of which nothing could go in exits with 1, and says so', async () => {
    const none = await bring('sku,wine,vintage,format_ml\n,,,\n')
    expect(reportText(none)).toMatch(/^0 in, 1 not/)
    expect(exitCode(none)).toBe(1)
    const empty = await bring('sku,wine,vintage,format_ml\n')
    expect(reportText(empty)).toContain('has no rows')
    expect(exitCode(empty)).toBe(1)
  })

  test.each([
    ['a byte order mark and CRLF', Buffer.from('\ufeffsku,wine,vintage,format_ml\r\nX-1,Château,2015,750\r\n'), {}],
    ['semicolons', Buffer.from('sku;wine;vintage;format_ml\nX-1;Château;2015;750'), {}],
    ['tabs', Buffer.from('sku\twine\tvintage\tformat_ml\nX-1\tChâteau\t2015\t750\n'), {}],
    [
      'windows-1252',
      Buffer.from('sku,wine,vintage,format_ml\nX-1,Ch\xe2teau,2015,750\n', 'latin1'),
      { encoding: 'windows-1252' as const },
    ],
    ['lone CR', Buffer.from('sku,wine,vintage,format_ml\rX-1,Château,2015,750\r'), {}],
  ])('may come with %s', async (_, content, options) => {
    expect(await bring(content, options)).toMatchObject({ added: 1, rejected: 0 })
    const found = await at.catalogue.searchWines({ q: 'chateau', channel: 'web', limit: 5, facets: false })
    expect(found).toMatchObject({ total: 1, items: [{ name: 'Château' }] })
  })

  test('in another encoding is refused by line and byte before anything of it is in', async () => {
    const content = Buffer.from(`${wineHeader}\n${wineRows(0, 5_000)}\nW-x,Ch\xe2teau,W,B,red,2015,750,1,1\n`, 'latin1')
    const before = await sizes()
    await expect(bring(content)).rejects.toThrow(/is not UTF-8: line 5,002, byte [\d,]+ of the file is 0xE2/)
    expect(await sizes()).toEqual(before)
  })

  test('whose file, columns or channel are wrong is refused with what to do, and nothing is written', async () => {
    const before = await sizes()
    await expect(importCatalogue(at.deps, { source: '/no/such/file.csv', mapping: at.ours })).rejects.toThrow(
      'There is no file',
    )
    await expect(importCatalogue(at.deps, { source: at.folder, mapping: at.ours })).rejects.toThrow('not a file')
    await expect(bring('')).rejects.toThrow('is empty')
    await expect(bring('code,wine\n1,2')).rejects.toThrow("The file's columns are: code, wine.")
    await expect(bring('a,b', { delimiter: '::' })).rejects.toThrow('is not one character')
    await expect(bring('sku,sku,wine\n')).rejects.toThrow('two columns "sku"')
    await expect(bring('sku,wine,vintage,format_ml,price:moon\nA,B,NV,750,1')).rejects.toThrow(
      'the channel moon, which is not there (there are: counter, web)',
    )
    await expect(bring('sku,wine,vintage,format_ml\nA,B,NV,750', { mapping: at.counts })).rejects.toThrow(
      'is for a file of stock',
    )
    expect(await sizes()).toEqual(before)
  })

  test('may be a stream', async () => {
    const chunks = async function* () {
      yield Buffer.from('sku,wine,vint')
      yield Buffer.from('age,format_ml\nA,Barolo,2015,750\n')
    }
    expect(
      await importCatalogue(at.deps, { source: { name: 'stdin', chunks: chunks() }, mapping: at.ours }),
    ).toMatchObject({
      added: 1,
    })
  })

  test('of 30 MB, nearly all of it wrong, is read in constant memory', async () => {
    const line = Buffer.from(`not a sku,${'x'.repeat(990)},2015,750\n`)
    const block = Buffer.concat(Array.from({ length: 60 }, () => line))
    const chunks = async function* () {
      yield Buffer.from('sku,wine,vintage,format_ml\n')
      for (let bytes = 0; bytes < 30_000_000; bytes += block.length) yield block
      yield Buffer.from('A,Barolo,2015,750\n')
    }
    let most = 0
    const before = process.memoryUsage().rss
    const onProgress = () => {
      most = Math.max(most, process.memoryUsage().rss - before)
    }
    const report = await importCatalogue(at.deps, {
      source: { name: 'stdin', chunks: chunks() },
      mapping: at.ours,
      onProgress,
    })
    expect(report).toMatchObject({ added: 1, rejected: expect.any(Number) })
    expect(report.rejected).toBeGreaterThan(29_000)
    expect(most).toBeLessThan(120_000_000)
  })
})
