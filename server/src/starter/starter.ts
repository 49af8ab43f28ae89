import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { closeRun, importCatalogue, importStock, loadMapping, openRun, readRun, reportText } from '../import/import.ts'
import type { CatalogueImportDeps, StockImportDeps } from '../import/import.ts'
import type { ChannelState, LocationState, RecipeState, SettingsState } from '../log/changes.ts'
import { must } from '../platform/must.ts'

/** The same place from `src` and from `dist`. */
const folder = fileURLToPath(new URL('../../starter/', import.meta.url))
/** By which a start knows that an earlier one was stopped in the middle. */
const runId = 'starter'

/** What stocking needs: an import's doors, and the settings. */
export interface StarterDeps extends CatalogueImportDeps, StockImportDeps {
  readonly catalogue: Catalogue
  readonly putLocation: (location: LocationState) => Promise<void>
  readonly putChannel: (channel: ChannelState) => Promise<void>
  readonly putRecipe: (recipe: RecipeState) => Promise<unknown>
}

/** What was put in: nothing, where there was a cellar already. */
export type Stocked =
  | { readonly kind: 'already' }
  | { readonly kind: 'stocked'; readonly skus: number; readonly counts: number }

/**
 * Stocks the starter cellar the first time: when there is neither a wine nor a location, or when stocking was stopped in the middle. Through the
 * same import that everybody uses.
 */
export async function stockStarterCellar(deps: StarterDeps): Promise<Stocked> {
  const { pool } = deps
  const begun = await readRun(pool, runId)
  if (begun === undefined && !(await isUntouched(deps))) return { kind: 'already' }
  if (begun?.finished) return { kind: 'already' }
  const nowMs = deps.nowMs()
  await openRun(pool, runId, { asOfMs: nowMs, nowMs })
  const { recipes } = await putSettings(deps)
  const wines = await importCatalogue(deps, {
    source: `${folder}wines.csv`,
    mapping: await loadMapping('cellarhand'),
    keepRejects: false,
  })
  // Before there is stock: what a case holds is not said afterwards.
  for (const recipe of recipes) await deps.putRecipe(recipe)
  const stock = await importStock(deps, {
    source: `${folder}stock.csv`,
    mapping: await loadMapping('stock'),
    reference: 'starter cellar',
    keepRejects: false,
  })
  must(
    wines.rejected === 0 && stock.rejected === 0,
    `no row of the starter cellar is rejected\n${reportText(wines)}\n${reportText(stock)}`,
  )
  await closeRun(pool, runId, deps.nowMs())
  return { kind: 'stocked', skus: wines.added + wines.changed + wines.unchanged, counts: stock.added + stock.unchanged }
}

async function isUntouched({ catalogue, settings }: StarterDeps): Promise<boolean> {
  const { locations } = await settings()
  return locations.length === 0 && (await catalogue.isEmpty())
}

async function putSettings({ putLocation, putChannel }: StarterDeps): Promise<SettingsState> {
  const cellar = JSON.parse(await readFile(`${folder}cellar.json`, 'utf8')) as SettingsState
  for (const location of cellar.locations) await putLocation(location)
  for (const channel of cellar.channels) await putChannel(channel)
  return cellar
}
