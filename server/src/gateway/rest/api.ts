import type { FastifyInstance } from 'fastify'
import { registerAsideRoutes } from './aside-routes.ts'
import { registerCatalogueRoutes } from './catalogue-routes.ts'
import { registerFeedRoute } from './feed-route.ts'
import { registerHoldRoutes } from './hold-routes.ts'
import { registerLotOfferRoutes } from './lot-offer-routes.ts'
import { registerLotRoutes } from './lot-routes.ts'
import { registerOpenBottleRoutes } from './open-bottle-routes.ts'
import { registerSessionRoutes } from './session-routes.ts'
import { registerCustomerRoutes } from './customer-routes.ts'
import { registerKeyRoutes } from './key-routes.ts'
import { registerPlaceRoutes } from './place-routes.ts'
import { registerUserRoutes } from './user-routes.ts'
import { registerOperations } from './operations.ts'
import { registerPurchaseRoutes } from './purchase-routes.ts'
import { registerOrderRoutes } from './order-routes.ts'
import { registerReportRoutes } from './report-routes.ts'
import { registerValueRoute } from './value-route.ts'
import { registerReadRoutes } from './read-routes.ts'
import { registerRecipeRoutes } from './recipe-routes.ts'
import { registerRepackRoutes } from './repack-routes.ts'
import { registerTransferRoutes } from './transfer-routes.ts'
import type { Services } from '../services.ts'
import { registerSuspicionRoutes } from './suspicion-routes.ts'
import { registerStockRoutes } from './stock-routes.ts'

/** Every route of the API, in the order of its document. */
export function registerApi(app: FastifyInstance, services: Services): void {
  registerHoldRoutes(app, services)
  registerStockRoutes(app, services)
  registerAsideRoutes(app, services)
  registerLotRoutes(app, services)
  registerLotOfferRoutes(app, services)
  registerTransferRoutes(app, services)
  registerPurchaseRoutes(app, services)
  registerOrderRoutes(app, services)
  registerOpenBottleRoutes(app, services)
  registerRepackRoutes(app, services)
  registerReadRoutes(app, services)
  registerReportRoutes(app, services)
  registerValueRoute(app, services)
  registerCatalogueRoutes(app, services)
  registerRecipeRoutes(app, services)
  registerPlaceRoutes(app, services)
  registerFeedRoute(app, services)
  registerSessionRoutes(app, services)
  registerUserRoutes(app, services)
  registerKeyRoutes(app, services)
  registerCustomerRoutes(app, services)
  registerSuspicionRoutes(app, services)
  registerOperations(app, services)
}
