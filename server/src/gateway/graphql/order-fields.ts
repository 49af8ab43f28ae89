import { Compile } from 'typebox/compile'
import type { Order } from '@cellarhand/protocol/order'
import { Uuid } from '@cellarhand/protocol/primitives'
import { formatPosition } from '../../log/log.ts'
import { readDocument, readDocuments } from '../../stock/stock.ts'
import { customersShownTo, readShown } from '../shown.ts'
import { badCursor, connectionOf, limitOf, readCursor, writeCursor, type PageArgs } from './connection.ts'
import { readAt, type Context } from './context.ts'
import { write } from './write.ts'

const isUuid = Compile(Uuid)

interface OrdersArgs extends PageArgs {
  readonly state?: string | null
  readonly externalRef?: string | null
  readonly customer?: string | null
}

function readOne(context: Context, args: { readonly id: string; readonly minPosition?: string }) {
  if (!isUuid.Check(args.id)) return undefined
  return readAt(context, args, async () => {
    const { services, caller } = context
    return (await readShown(services, caller, 'getOrder', readDocument(services.pool, 'order', args.id))).value
  })
}

function readOrders(context: Context, { state, externalRef, customer, ...page }: OrdersArgs) {
  const limit = limitOf(page)
  const after = readCursor('order', page)
  if (after !== undefined && !/^\d{1,15}$/.test(after)) throw badCursor()
  return readAt(context, page, async () => {
    const { pool, replica } = context.services
    const { value, position: number } = await readDocuments(pool, 'order', {
      state: state ?? undefined,
      reference: externalRef ?? undefined,
      customers: customersShownTo(context.caller, 'listOrders', customer ?? undefined),
      limit,
      before: after === undefined ? undefined : Number(after),
    })
    const position = formatPosition(replica.epoch(), number)
    return connectionOf({
      nodes: value.items.map((order) => ({ ...order, position })),
      cursors: value.cursors.map((cursor) => writeCursor('order', cursor)),
      hasNextPage: value.next !== undefined,
      position,
    })
  })
}

function placeOrder(
  _root: unknown,
  { input, idempotencyKey }: { input: object; idempotencyKey: string },
  context: Context,
) {
  return write<Order>(context, {
    field: 'placeOrder',
    input,
    idempotencyKey,
    union: 'PlaceOrderResult',
    done: (order) => ({ __typename: 'OrderPlaced', order }),
  })
}

/** Orders: what was sold to somebody. */
export const orderFields = {
  Query: {
    order: (_root: unknown, args: { id: string }, context: Context) => readOne(context, args),
    orders: (_root: unknown, args: OrdersArgs, context: Context) => readOrders(context, args),
  },
  Mutation: { placeOrder },
  Order: { charges: ({ charges }: Order) => charges ?? [] },
  ReferenceTaken: { orderId: ({ order }: { readonly order: string }) => order },
  Gift: { hidePrices: ({ hidePrices }: NonNullable<Order['gift']>) => hidePrices === true },
}
