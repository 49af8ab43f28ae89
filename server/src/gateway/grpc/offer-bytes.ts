import { messageOf } from '../../platform/grpc/image.ts'
import { encode, type Plain } from '../../platform/grpc/shape.ts'

const Response = messageOf('cellarhand.v1.GetOfferResponse')

/** Offers of one generation: some 8 MB with their texts. When it is full, those that were not asked for since the last time are let go. */
const GENERATION_MAX = 20_000

/**
 * Answers to the read that is asked for most. An offer's text is kept by the replica until something of it changes, and with it its bytes here: to make a message anew cost 13 µs of
 * the 60 that a call takes that does nothing. What stands behind one another is one message, so that the position is put behind.
 */
export function createOfferBytes(): (json: string, position: string) => Buffer {
  let young = new Map<string, Buffer>()
  let old = new Map<string, Buffer>()
  let newest: { readonly position: string; readonly bytes: Buffer } = { position: '', bytes: Buffer.alloc(0) }
  const remember = (json: string, bytes: Buffer): Buffer => {
    if (young.size >= GENERATION_MAX) {
      old = young
      young = new Map()
    }
    young.set(json, bytes)
    return bytes
  }
  const offerOf = (json: string): Buffer =>
    young.get(json) ?? remember(json, old.get(json) ?? encode(Response, { offer: JSON.parse(json) as Plain }))
  return (json, position) => {
    if (newest.position !== position) newest = { position, bytes: encode(Response, { position }) }
    return Buffer.concat([offerOf(json), newest.bytes])
  }
}
