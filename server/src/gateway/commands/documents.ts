import type { Static } from 'typebox'
import { DiscardRequest, OpenBottleRequest, PourRequest } from '@cellarhand/protocol/open-bottle'
import {
  DeliveryRequest,
  PurchaseCancelRequest,
  PurchaseRequest,
  RescheduleRequest,
} from '@cellarhand/protocol/purchase'
import { RepackRequest } from '@cellarhand/protocol/repack'
import { ArrivalRequest, ClearanceRequest, TransferCancelRequest, TransferRequest } from '@cellarhand/protocol/transfer'
import { costAlone } from './facts.ts'
import { intent, intentFor, timed, unknownSku, type Known, type Meant } from './intent.ts'

/** What is asked of transfers, purchase orders, repacks and open bottles, by its operation. */
export const documentIntents = {
  sendTransfer: intent(TransferRequest, transfer),
  receiveTransfer: intentFor(ArrivalRequest, (documentId, body) => ({
    kind: 'receiveTransfer',
    documentId,
    ...timed(body),
  })),
  cancelTransfer: intentFor(TransferCancelRequest, (documentId, body) => ({
    kind: 'cancelTransfer',
    documentId,
    ...body,
  })),
  clearDuty: intent(ClearanceRequest, ({ from, to, ...body }) => ({
    kind: 'clearDuty',
    fromLocation: from,
    toLocation: to,
    ...body,
  })),
  orderBottles: intent(PurchaseRequest, purchase),
  receivePurchaseOrder: intentFor(
    DeliveryRequest,
    (documentId, body) => costAlone(body.lines ?? []) ?? { kind: 'receivePurchase', documentId, ...timed(body) },
  ),
  cancelPurchaseOrder: intentFor(PurchaseCancelRequest, (documentId, body) => ({
    kind: 'cancelPurchase',
    documentId,
    ...body,
  })),
  reschedulePurchaseOrder: intentFor(RescheduleRequest, (documentId, { expectedAt, ...body }) => ({
    kind: 'reschedulePurchase',
    documentId,
    expectedAtMs: expectedAt === undefined ? null : Date.parse(expectedAt),
    ...body,
  })),
  repackBottles: intent(RepackRequest, repack),
  openBottle: intent(OpenBottleRequest, openBottle),
  pour: intentFor(PourRequest, (documentId, body) => ({ kind: 'pour', documentId, ...timed(body) })),
  discardBottle: intentFor(DiscardRequest, (documentId, body) => ({ kind: 'discard', documentId, ...timed(body) })),
} as const

function transfer({ from, to, reference, expectedAt, ...rest }: Static<typeof TransferRequest>): Meant {
  return {
    kind: 'transfer',
    fromLocation: from,
    toLocation: to,
    ...(reference === undefined ? {} : { reference }),
    ...(expectedAt === undefined ? {} : { expectedAtMs: Date.parse(expectedAt) }),
    ...rest,
  }
}

function purchase({ expectedAt, ...body }: Static<typeof PurchaseRequest>): Meant {
  return { kind: 'purchase', ...body, ...(expectedAt === undefined ? {} : { expectedAtMs: Date.parse(expectedAt) }) }
}

/** What one of each SKU holds is the catalogue's to say. */
async function repack(body: RepackRequest, { catalogue }: Known): Promise<Meant> {
  const { location, reference, reason } = body
  const lines = [
    ...body.break.map((line) => ({ ...line, part: 'broken' as const })),
    ...(body.build ?? []).map((line) => ({ ...line, part: 'built' as const })),
    ...(body.losses ?? []).map((line) => ({ ...line, part: 'lost' as const })),
  ]
  return {
    kind: 'repack',
    location,
    ...(reference === undefined ? {} : { reference }),
    ...(reason === undefined ? {} : { reason }),
    lines,
    contents: await catalogue.contentsOf([...new Set(lines.map(({ sku }) => sku))]),
  }
}

/** So is how large a bottle is, and whether it is one. */
async function openBottle(body: Static<typeof OpenBottleRequest>, { catalogue }: Known): Promise<Meant> {
  const { occurredAt, ...opening } = body
  const { sku } = opening
  const size = await catalogue.sizeOf(sku)
  if (!size) return unknownSku(sku)
  const { pack, formatMl } = size
  if (pack === 1) {
    return {
      kind: 'openBottle',
      ...opening,
      formatMl,
      ...(occurredAt === undefined ? {} : { occurredAtMs: Date.parse(occurredAt) }),
    }
  }
  const detail = `${sku} is a case of ${pack}: unpack it, and open one of its bottles.`
  return { slug: 'not-a-bottle', detail, members: { sku, pack } }
}
