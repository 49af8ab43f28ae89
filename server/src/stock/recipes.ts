import type pg from 'pg'
import type { RecipeState } from '../log/log.ts'
import { must } from '../platform/must.ts'
import { changeSettings, SettingsError } from './settings.ts'

/** Recipes are part of the settings, which every change tells whole: a thousand of them are some 100 kB. */
export const RECIPES_MAX = 1_000

/**
 * Makes or changes a bundle or a mixed case, while no batch is under way. Resolves to a number of the log as of which it is so: that of the change,
 * where it is one. Throws `SettingsError` where a component is itself made of others, or is the SKU; where the SKU is a component; where bottles that
 * stand somewhere would be a bundle, or a mixed case other than the one they were packed as.
 */
export async function putRecipe(pool: pg.Pool, recipe: RecipeState): Promise<number> {
  const changed = await changeSettings(pool, async (client, { recipes }) => {
    const known = recipes.find(({ sku }) => sku === recipe.sku)
    if (known && JSON.stringify(known) === JSON.stringify(canonical(recipe))) return false
    if (!known && recipes.length >= RECIPES_MAX) throw new SettingsError(`There are ${RECIPES_MAX} recipes already.`)
    refuseNested(recipes, recipe)
    if (known || recipe.kind === 'bundle') await refuseStocked(client, recipe)
    await client.query(
      `insert into stock.recipes (sku, kind, components) values ($1, $2, $3)
       on conflict (sku) do update set kind = excluded.kind, components = excluded.components`,
      [recipe.sku, recipe.kind, JSON.stringify(canonical(recipe).components)],
    )
    return true
  })
  if (changed !== undefined) return changed
  const { rows } = await pool.query<{ head: number }>('select log.head() as head')
  return must(rows[0], 'the head of the log').head
}

/** Forgets a recipe: the SKU is one like others again. Resolves to the log's number of the change; undefined where there was none of that kind. */
export function dropRecipe(
  pool: pg.Pool,
  { sku, kind }: Pick<RecipeState, 'sku' | 'kind'>,
): Promise<number | undefined> {
  return changeSettings(pool, async (client, { recipes }) => {
    if (!recipes.some((one) => one.sku === sku && one.kind === kind)) return false
    if (kind === 'mixed_case') await refuseStocked(client, { sku, kind })
    await client.query('delete from stock.recipes where sku = $1', [sku])
    return true
  })
}

/** Members in the order in which they are read. */
function canonical({ sku, kind, components }: RecipeState): RecipeState {
  return { sku, kind, components: components.map((one) => ({ sku: one.sku, quantity: one.quantity })) }
}

function refuseNested(recipes: readonly RecipeState[], { sku, components }: RecipeState): void {
  for (const component of components) {
    if (component.sku === sku) throw new SettingsError(`${sku} cannot be a component of itself.`)
    if (recipes.some((one) => one.sku === component.sku && one.kind !== 'lot')) {
      throw new SettingsError(`${component.sku} is itself made of others: name what it is made of.`)
    }
  }
  const own = recipes.find((one) => one.sku === sku && one.kind === 'lot')
  if (own) throw new SettingsError(`${sku} is a lot that is sold by itself, so it cannot be made of others.`)
  const user = recipes.find((one) => one.components.some((component) => component.sku === sku))
  if (user) throw new SettingsError(`${sku} is a component of ${user.sku}, so it cannot be made of others.`)
}

/** A bundle stands nowhere, and what a mixed case holds is true of all that stand somewhere. */
export async function refuseStocked(
  client: pg.ClientBase,
  { sku, kind }: Pick<RecipeState, 'sku' | 'kind'>,
): Promise<void> {
  const { rows } = await client.query<{ location: string | null }>(
    `select l.location from stock.levels l
     where l.sku = $1 and (l.available, l.held, l.committed, l.allocated, l.quarantined, l.short, l.incoming,
       l.incoming_committed) <> (0, 0, 0, 0, 0, 0, 0, 0)
     union all
     select null from stock.documents d
     where d.state = 'in_transit' and d.body -> 'lines' @> jsonb_build_array(jsonb_build_object('sku', $1::text))
     limit 1`,
    [sku],
  )
  const [row] = rows
  if (!row) return
  const where = row.location === null ? 'on their way' : `at ${row.location}`
  throw new SettingsError(stockedText[kind](sku, where))
}

const stockedText: Readonly<Record<RecipeState['kind'], (sku: string, where: string) => string>> = {
  bundle: (sku, where) => `There are bottles of ${sku} ${where}: a bundle stands nowhere.`,
  mixed_case: (sku, where) =>
    `There are cases of ${sku} ${where}: what they hold does not change by itself. Break them first.`,
  lot: (sku, where) => `There are bottles of ${sku} ${where}: what they are does not change by itself.`,
}
