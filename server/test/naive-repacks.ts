import type { Command } from '../src/stock/core/command.ts'
import { arrive, free, leave, type Cellar } from './naive-bottles.ts'
import type { NaiveAsk } from './naive-cellar.ts'

/** Every wine that one of each SKU of the world holds, once for each bottle. */
const wines: Readonly<Record<string, readonly string[]>> = { A: ['w'], B: ['w', 'w'], C: ['w', 'w', 'v'] }

/** Cases are opened, their bottles put on a table, and put into others: the table has to be empty afterwards. */
export function repack(
  cellar: Cellar,
  { atUs, source }: NaiveAsk,
  { location, lines }: Extract<Command, { kind: 'repack' }>,
): string {
  if (lines.some(({ sku, part }) => part === 'built' && sku === 'C')) return 'original-not-rebuilt'
  const table = (of: (part: string) => boolean) =>
    lines
      .filter(({ part }) => of(part))
      .flatMap(({ sku, quantity }) => Array.from({ length: quantity }, () => wines[sku] ?? []).flat())
      .toSorted()
      .join('')
  if (table((part) => part === 'broken') !== table((part) => part !== 'broken')) return 'repack-unbalanced'
  const units = (part: string) =>
    lines.flatMap((line) => (line.part === part ? Array.from({ length: line.quantity }, () => line.sku) : []))
  const broken = units('broken')
  for (const sku of new Set(broken)) {
    if (free(cellar, `${sku}@${location}`).length < broken.filter((one) => one === sku).length) {
      return 'insufficient-stock'
    }
  }
  for (const sku of broken) {
    leave(cellar, `${sku}@${location}`, 1)
    cellar.diary.push({ level: `${sku}@${location}`, atUs, delta: -1, source })
  }
  for (const sku of units('built')) {
    arrive(cellar, `${sku}@${location}`, 1)
    cellar.diary.push({ level: `${sku}@${location}`, atUs, delta: 1, source })
  }
  return 'done'
}
