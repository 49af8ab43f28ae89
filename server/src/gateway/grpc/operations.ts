import type { DescMethod } from '@bufbuild/protobuf'
import { must } from '../../platform/must.ts'
import { serviceOf } from '../../platform/grpc/image.ts'

/** Services that everybody may call, as far as the policy lets them. */
export const publicServices = [
  'cellarhand.v1.StockService',
  'cellarhand.v1.CatalogueService',
  'cellarhand.v1.OfferService',
].map(serviceOf)

/** Methods that are called otherwise than the operation of REST that they are. */
const others: Readonly<Record<string, string>> = { followOffers: 'follow' }

/** The operation of REST that a method stands for, by its own name, `holdBottles`: it is allowed or refused by the same line of the policy. */
export const operations: ReadonlyMap<string, string> = new Map(
  publicServices.flatMap(({ methods }) => methods.map(({ localName }) => [localName, others[localName] ?? localName])),
)

/** The operation that a method stands for. */
export function operationOf({ localName, name }: Pick<DescMethod, 'localName' | 'name'>): string {
  return must(operations.get(localName), `the operation of ${name}`)
}
