import { levelCursor } from '../reading.ts'
import { allowPlace } from './allowed.ts'
import { badCursor, connectionOf, limitOf, readCursor, writeCursor, type PageArgs } from './connection.ts'
import { readAt, type Context } from './context.ts'

interface StockArgs extends PageArgs {
  readonly sku?: string | null
  readonly location?: string | null
}

function readStock(context: Context, { sku, location, ...page }: StockArgs) {
  const { replica } = context.services
  allowPlace(context, 'listLevels', location ?? undefined)
  const limit = limitOf(page)
  const cursor = readCursor('level', page)
  const after = cursor === undefined ? undefined : levelCursor(cursor)
  if (after === null) throw badCursor()
  return readAt(context, page, () => {
    const query = { sku: sku ?? undefined, location: location ?? undefined, after, limit }
    const { items: nodes, next } = replica.levels(query)
    return connectionOf({
      nodes,
      cursors: nodes.map((level) => writeCursor('level', `${level.sku}@${level.location}`)),
      hasNextPage: next !== undefined,
      position: replica.position(),
    })
  })
}

/** Levels, and who asks. */
export const stockFields = {
  Query: {
    stock: (_root: unknown, args: StockArgs, context: Context) => readStock(context, args),
    me: (_root: unknown, _args: unknown, { caller }: Context) => ({
      subject: caller.subject,
      roles: [...caller.roles],
      locations: caller.locations && [...caller.locations],
      customers: caller.customers,
    }),
  },
}
