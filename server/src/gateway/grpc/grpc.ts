import type { DescMethod, DescService } from '@bufbuild/protobuf'
import type { UntypedHandleCall } from '@grpc/grpc-js'
import { must } from '../../platform/must.ts'
import type { Served } from '../../platform/grpc/server.ts'
import type { Doors } from '../services.ts'
import { createOfferBytes } from './offer-bytes.ts'
import { followOffers } from './offer-stream.ts'
import { publicServices } from './operations.ts'
import { reads } from './reads.ts'
import { intents } from '../commands.ts'
import { writes } from './stock-service.ts'
import { unary } from './unary.ts'

type GrpcDoors = Pick<
  Doors,
  | 'config'
  | 'log'
  | 'access'
  | 'limits'
  | 'whereabouts'
  | 'carts'
  | 'conduct'
  | 'pool'
  | 'stock'
  | 'replica'
  | 'feed'
  | 'catalogue'
>

/** What the services of gRPC stand before, and what they keep. */
export interface GrpcServices extends GrpcDoors {
  /** the answer of an offer, by its text and the position */
  readonly offerBytes: (json: string, position: string) => Buffer
}

/** Everything that other programs may call, under the rules of REST: each method is an operation of it. */
export function publicGrpc(doors: GrpcDoors): Served[] {
  const services = { ...doors, offerBytes: createOfferBytes() }
  return publicServices.map((service) => ({ service, handlers: handlersOf(services, service) }))
}

function handlersOf(services: GrpcServices, { methods }: DescService): Record<string, UntypedHandleCall> {
  return Object.fromEntries(methods.map((method) => [method.localName, handlerOf(services, method)]))
}

function handlerOf(services: GrpcServices, method: DescMethod): UntypedHandleCall {
  if (method.localName === 'followOffers') return followOffers(services, method)
  if (method.localName in intents) return unary(services, method, writes(services, method))
  const read = must(reads[method.localName], `who answers ${method.name}`)
  return unary(services, method, read(services))
}
