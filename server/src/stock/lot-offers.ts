import type pg from 'pg'
import { soldLotsOf, type SoldLot, type SoldLots } from './core/context.ts'
import { refuseStocked, RECIPES_MAX } from './recipes.ts'
import { changeSettings, readSettings, SettingsError } from './settings.ts'

/**
 * Says that a SKU is a lot of another, which is sold by itself, while no batch is under way. Said again it changes nothing. Throws `SettingsError`
 * where either is made of others, or the SKU is another lot, or the lot another SKU, or where there are bottles that would be of it.
 */
export async function putLotOffer(pool: pg.Pool, sku: string, { of, lot }: SoldLot): Promise<void> {
  await changeSettings(pool, async (client, { recipes }) => {
    const sold = soldLotsOf(recipes)
    const known = sold.get(sku)
    if (known?.of === of && known.lot === lot) return false
    if (known) throw new SettingsError(`${sku} is lot ${known.lot} of ${known.of} already.`)
    const [other] = [...sold].find(([, one]) => one.of === of && one.lot === lot) ?? []
    if (other !== undefined) throw new SettingsError(`Lot ${lot} of ${of} is sold as ${other} already.`)
    const made = recipes.find((one) => one.sku === of || one.sku === sku)
    if (made) throw new SettingsError(`${made.sku} is a ${nouns[made.kind]}: a lot of it cannot be sold by itself.`)
    if (sku === of) throw new SettingsError(`Sell the lot as a SKU of its own, and not as ${sku} itself.`)
    if (recipes.length >= RECIPES_MAX) throw new SettingsError(`There are ${RECIPES_MAX} recipes and lots already.`)
    await refuseStocked(client, { sku, kind: 'lot' })
    await client.query(`insert into stock.recipes (sku, kind, components, lot) values ($1, 'lot', $2, $3)`, [
      sku,
      JSON.stringify([{ sku: of, quantity: 1 }]),
      lot,
    ])
    return true
  })
}

const nouns = { bundle: 'bundle', mixed_case: 'mixed case', lot: 'lot' } as const

/** Lots that are sold by themselves, by the SKU they are sold as, in its order. */
export async function readSoldLots(client: pg.ClientBase): Promise<SoldLots> {
  return soldLotsOf((await readSettings(client)).recipes)
}
