import type { FastifyInstance } from 'fastify'
import { printSchema } from 'graphql'
import type { Services } from '../services.ts'
import { openDesk } from './desk.ts'
import { followFields } from './follow-fields.ts'
import { registerExplorer } from './explorer.ts'
import { holdFields } from './hold-fields.ts'
import { path, registerHttp } from './http.ts'
import { offerFields } from './offer-fields.ts'
import { orderFields } from './order-fields.ts'
import { scalars } from './scalars.ts'
import { openSchema, type Behind } from './schema.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { stockFields } from './stock-fields.ts'
import { wineFields } from './wine-fields.ts'

// The door of GraphQL: the schema over the doors of the modules, by HTTP and WebSocket.
export { openFields, operationOf } from './operations.ts'

/** Where GraphQL is, for who takes over its WebSockets. */
export const graphqlPath = path

const behind: Behind = {
  resolvers: {
    ...offerFields,
    ...wineFields,
    ...orderFields,
    Query: {
      ...wineFields.Query,
      ...offerFields.Query,
      ...holdFields.Query,
      ...orderFields.Query,
      ...stockFields.Query,
    },
    Mutation: { ...holdFields.Mutation, ...orderFields.Mutation },
  },
  subscriptions: followFields,
  scalars,
}

/** The schema with all that is behind it. */
export const openGraphqlSchema = () => openSchema(behind)

/** GraphQL at /graphql, as far as the configuration has it. Answers its WebSockets; undefined where it is off. */
export function registerGraphql(app: FastifyInstance, services: Services): Sockets | undefined {
  if (services.config.graphql === 'off') return undefined
  const schema = openGraphqlSchema()
  const desk = openDesk(services, schema)
  registerHttp(app, desk)
  if (desk.isOpen) registerExplorer(app, printSchema(schema))
  const sockets = createSockets(desk)
  app.addHook('preClose', async () => sockets.close())
  return sockets
}
