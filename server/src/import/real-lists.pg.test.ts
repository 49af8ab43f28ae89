import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { useImporting } from '../../test/importing.ts'
import { importCatalogue, loadMapping } from './import.ts'

const { at, bring, sizes } = useImporting()

const shared = process.env.CELLARHAND_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url))
const real = join(shared, 'data/catalogue/vinmonopolet-2016.csv')
const xwines = join(shared, 'data/catalogue/xwines-slim-wines.csv')
const why = existsSync(real) ? '' : ' (skipped: the real lists are not here; CELLARHAND_SHARED says where they are)'

// Other people's lists are not part of the project.
describe.skipIf(why !== '')(`real lists${why}`, () => {
  test('10,972 wines of the Norwegian monopoly go in with their prices, and a second time nothing changes', async () => {
    const mapping = await loadMapping('vinmonopolet')
    const report = await importCatalogue(at.deps, { source: real, mapping, keepRejects: false })
    expect(report).toMatchObject({ added: 10_961, rejected: 11, prices: { set: 10_961, same: 0, refused: 0 } })
    const before = await sizes()
    expect(await importCatalogue(at.deps, { source: real, mapping, keepRejects: false })).toMatchObject({
      added: 0,
      changed: 0,
      unchanged: 10_961,
      prices: { set: 0, same: 10_961 },
    })
    expect(await sizes()).toEqual(before)
    const page = await at.catalogue.searchWines({ q: 'chateau margo', channel: 'vinmonopolet', limit: 5, facets: true })
    expect(page).toMatchObject({ items: [{ name: 'Ch. Margaux' }, {}, {}, {}, {}] })
  })

  test('the wines of X-Wines are a SKU a vintage', async () => {
    const first = (await readFile(xwines, 'utf8')).split('\n').slice(0, 101).join('\n')
    const report = await bring(first, { mapping: await loadMapping('xwines') })
    expect(report).toMatchObject({ rejected: 0, prices: { set: 0 } })
    expect(report.added).toBeGreaterThan(1_000)
    expect((await sizes())['catalogue.wines']).toBe(100)
    expect(await at.catalogue.knownSkus(['100001-NV', '100001-2020'])).toEqual(new Set(['100001-NV', '100001-2020']))
  })
})
