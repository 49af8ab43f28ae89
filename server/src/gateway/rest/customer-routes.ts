import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { CustomerData } from '@cellarhand/protocol/access'
import { endGrantsOf, eraseUser, readUser, revoke } from '../../access/access.ts'
import { systemIds } from '../../platform/ids.ts'
import { withTransaction } from '../../platform/postgres/database.ts'
import { forgetConduct } from '../../conduct/conduct.ts'
import { eraseCustomer, readCustomer } from '../../stock/stock.ts'
import type { Services } from '../services.ts'
import { onRecord, shownCustomers } from './caller.ts'
import { described } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { privately } from './session-routes.ts'

const Query = Type.Object(
  {
    customer: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 120,
        description: 'whose, for who administers; a customer asks for their own',
      }),
    ),
  },
  { additionalProperties: false },
)
type Query = Static<typeof Query>

/** What is on record of a customer: given to them, and taken out. */
export function registerCustomerRoutes(app: FastifyInstance, services: Services): void {
  app.get<{ Querystring: Query }>(
    '/v1/customer-data',
    {
      schema: described('access', 'All that is on record of a customer', {
        id: 'exportCustomer',
        description: 'Their account, their holds and their orders, as a file to keep.',
        query: Query,
        answers: { 200: CustomerData },
        refusals: ['not-found'],
      }),
    },
    async (request, reply) => {
      const customers = customersOf(request)
      if (!customers) return sendProblem(reply, 'not-found', 'Say whose, with ?customer=.')
      const [record, user] = await Promise.all([readCustomer(services.pool, customers), accountOf(services, customers)])
      await onRecord(services.pool, request, { target: customers[0] })
      return privately(reply)
        .header('content-disposition', 'attachment; filename="customer-data.json"')
        .send({ customer: customers[0], ...(user ? { account: user } : {}), ...record })
    },
  )
  registerErasure(app, services)
}

function registerErasure(app: FastifyInstance, services: Services): void {
  app.delete<{ Querystring: Query }>(
    '/v1/customer-data',
    {
      schema: described('access', 'Erase a customer', {
        id: 'eraseCustomer',
        description:
          'Their account ends, and of their orders all that says who they are is taken out: name, address, birthday, card and note. Bottles, prices, countries and times stay, and the books balance as before. Not as long as a hold lives or an order is under way. It cannot be undone; backups of before still have it.',
        query: Query,
        answers: {
          200: Type.Object({
            orders: Type.Integer({ description: 'orders that were changed' }),
            holds: Type.Integer({ description: 'holds that were changed' }),
          }),
        },
        refusals: ['not-found', 'customer-active'],
      }),
    },
    async (request, reply) => {
      const customers = customersOf(request)
      if (!customers) return sendProblem(reply, 'not-found', 'Say whom, with ?customer=.')
      const { kind, ...counts } = await eraseCustomer(services.pool, customers, `erased:${systemIds.newId()}`)
      if (kind === 'active') {
        const detail = `${counts.holds} holds live and ${counts.orders} orders are under way: end them first.`
        return sendProblem(reply, 'customer-active', detail, counts)
      }
      await withTransaction(services.pool, async (client) => {
        for (const customer of customers) {
          const [, id] = accountId.exec(customer) ?? []
          if (id === undefined) await revoke(client, customer)
          else {
            await eraseUser(client, id)
            await endGrantsOf(client, id)
          }
        }
        await forgetConduct(client, customers)
        // Who it was is what is erased: the record says that somebody was.
        await onRecord(client, request, { target: customers.find((one) => accountId.test(one)), detail: counts })
      })
      return privately(reply).send(counts)
    },
  )
}

const accountId = /^user:([0-9a-f-]{36})$/

/** Whose: the caller's own, or the one who is named. Undefined: it does not say, or it is not theirs to name. */
function customersOf(request: FastifyRequest<{ Querystring: Query }>): readonly string[] | undefined {
  const customers = shownCustomers(request, request.query.customer)
  return customers === undefined || customers.length === 0 ? undefined : customers
}

async function accountOf({ pool }: Services, customers: readonly string[]): Promise<object | undefined> {
  const ids = customers.flatMap((customer) => accountId.exec(customer)?.[1] ?? [])
  return ids[0] === undefined ? undefined : readUser(pool, ids[0])
}
