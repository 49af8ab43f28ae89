import { skuCode } from '../load/request.ts'

/** SKUs of consecutive numbers. */
export interface Range {
  readonly first: number
  readonly count: number
}

/** The even load, and behind it the SKU that everybody follows. */
export const many: Range = { first: 0, count: 1_000 }
export const hot: Range = { first: 1_000, count: 1 }
export const hotCode = skuCode(hot.first)

/** What each client follows of a range: so many of it, the next client the next ones, from the beginning again behind the last. */
export interface Share extends Range {
  readonly each: number
}

/** The codes of what the client of this number follows. */
export function skusOf(shares: readonly Share[], client: number): string[] {
  return shares.flatMap(({ first, count, each }) =>
    Array.from({ length: each }, (_, at) => skuCode(first + ((client * each + at) % count))),
  )
}
