import type { Wine } from '@cellarhand/protocol/catalogue'

/** Most SKUs one feed connection asks for: each is a topic, and 128 is the most of these. */
export const FOLLOWED_MAX = 120

/**
 * The SKUs to follow: those held, then all of the list while they fit, else those near the screen. Never more than the limit. Pure.
 */
export function followed(
  wines: readonly Wine[],
  near: ReadonlySet<string>,
  held: readonly string[],
): readonly string[] {
  const skusOf = (some: readonly Wine[]) => some.flatMap((wine) => wine.skus.map((sku) => sku.sku))
  const all = [...new Set([...held, ...skusOf(wines)])]
  if (all.length <= FOLLOWED_MAX) return all
  const close = skusOf(wines.filter((wine) => near.has(wine.id)))
  return [...new Set([...held, ...close])].slice(0, FOLLOWED_MAX)
}
