/** What can be done next with what an operation has made: what the next ones call it, and where it is found. */
interface Next {
  readonly parameter: 'id' | 'sku'
  /** a runtime expression of OpenAPI */
  readonly found: string
  readonly operations: readonly string[]
}

const made = (...operations: string[]): Next => ({ parameter: 'id', found: '$response.body#/id', operations })
const named = (...operations: string[]): Next => ({ parameter: 'sku', found: '$request.path.sku', operations })

/** By operation. The end of each may be refused, as everything that is decided when it is asked. */
const nexts: Readonly<Record<string, Next>> = {
  holdBottles: made('getHold', 'extendHold', 'releaseHold', 'commitHold'),
  extendHold: made('getHold', 'extendHold', 'releaseHold', 'commitHold'),
  commitHold: made('getCommitment', 'shipCommitment', 'cancelCommitment'),
  placeOrder: made('getOrder', 'payOrder', 'pickOrder', 'readyOrder', 'shipOrder', 'collectOrder', 'cancelOrder'),
  shipOrder: made('getOrder', 'deliverOrder', 'returnOrder'),
  collectOrder: made('getOrder', 'returnOrder'),
  sendTransfer: made('getTransfer', 'receiveTransfer', 'cancelTransfer'),
  orderBottles: made('getPurchaseOrder', 'receivePurchaseOrder', 'reschedulePurchaseOrder', 'cancelPurchaseOrder'),
  clearDuty: made('getClearance'),
  repackBottles: made('getRepack'),
  openBottle: made('getOpenBottle', 'pour', 'discardBottle'),
  putBundle: named('getBundle', 'deleteBundle'),
  putMixedCase: named('getMixedCase', 'deleteMixedCase'),
  makeUser: made('changeUser'),
  makeKey: made('revokeKey'),
}

/** The links of an operation's answer, where there are any. */
export function linksOf(operation: string): Readonly<Record<string, object>> | undefined {
  const next = nexts[operation]
  if (next === undefined) return undefined
  const { parameter, found, operations } = next
  return Object.fromEntries(
    operations.map((one) => [one, { operationId: one, parameters: { [`path.${parameter}`]: found } }]),
  )
}
