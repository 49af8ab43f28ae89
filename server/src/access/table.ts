import { must } from '../platform/must.ts'
import { roles, type Role } from './caller.ts'

/**
 * `all`: whoever it is about. `here`: at the locations that they are limited to, if they are. `own`: what is theirs, of a customer or of a guest.
 */
export type Grant = 'all' | 'here' | 'own'

/**
 * Who may do what: everything that can be asked for, by any way in, stands behind one line. What is of REST stands under its operation's id; fields of GraphQL and methods of
 * gRPC name the operation that they are; topics of the feed stand as `topic:KIND`.
 */
const policy = `
guest customer shop cellar buyer admin machine
all   all      all  all    all   all   all     : searchWines getWine listOffers getOffer listChannels listLotOffers getLotOffer
all   all      all  all    all   all   all     : listBundles getBundle listMixedCases getMixedCase follow getHealth getReadiness
all   all      all  all    all   all   all     : topic:sku topic:wine topic:search topic:channel
all   all      all  all    all   all   all     : startSession getSession takeTicket
own   own      here -      -     all   all     : holdBottles extendHold releaseHold
own   own      all  all    all   all   all     : getHold topic:hold
-     own      here -      -     all   all     : placeOrder
-     own      all  all    all   all   all     : getOrder listOrders
-     own      -    -      -     all   -       : exportCustomer eraseCustomer
-     all      all  all    all   all   -       : changePassword
-     -        here -      -     all   all     : commitHold cancelCommitment
-     -        here here   -     all   all     : shipCommitment pickOrder readyOrder shipOrder deliverOrder collectOrder
-     -        here -      -     all   all     : payOrder cancelOrder
-     -        here here   -     all   all     : returnOrder recordSale recordWriteOff recordReceipt recordCount moveBottles
-     -        here here   -     all   all     : quarantineBottles reinstateBottles openBottle pour discardBottle
-     -        here here   here  all   all     : listLevels listOpenBottles topic:location
-     -        all  all    all   all   all     : listLocations listMovements listNotes listLots listParcels listAllotments getCommitment getOpenBottle
-     -        all  all    all   all   all     : listTransfers getTransfer listRepacks getRepack listShortfalls
-     -        here here   here  all   all     : sendTransfer receiveTransfer cancelTransfer
-     -        -    here   -     all   all     : repackBottles adjustLevel openLot
-     -        -    here   here  all   all     : receivePurchaseOrder
-     -        -    all    all   all   all     : listPurchaseOrders getPurchaseOrder
-     -        -    -      all   all   all     : orderBottles cancelPurchaseOrder reschedulePurchaseOrder
-     -        -    -      all   all   all     : setPrices allocateBottles deallocateBottles offerLot withdrawLot
-     -        -    -      all   all   all     : putBundle deleteBundle putMixedCase deleteMixedCase clearDuty
-     -        -    -      all   all   all     : listClearances getClearance listJournal getMonthEnd getValue topic:audit
-     -        all  -      -     all   -       : listSuspicions
-     -        -    -      -     all   all     : getMetrics
-     -        -    -      -     all   -       : putLocation putChannel listUsers makeUser changeUser listKeys makeKey revokeKey listAudit clearSuspicion blockSuspicion
`

const grants: readonly Grant[] = ['all', 'here', 'own']

/** The table as it is looked up: operation, then role. */
export type Policy = ReadonlyMap<string, ReadonlyMap<Role, Grant>>

/**
 * Reads a table of the form above.
 *
 * @throws Error where a line has another number of cells, a word that is no grant, or an operation that stands there already
 */
export function readPolicy(text: string): Policy {
  const [head = '', ...lines] = text.trim().split('\n')
  const columns = head.split(/\s+/)
  if (columns.join() !== roles.join()) throw new Error(`the policy's columns are to be ${roles.join(' ')}`)
  const read = new Map<string, ReadonlyMap<Role, Grant>>()
  for (const line of lines) {
    const [cells = '', operations = ''] = line.split(/\s+:\s+/)
    const row = readRow(cells.split(/\s+/), line)
    for (const operation of operations.trim().split(/\s+/)) {
      if (read.has(operation)) throw new Error(`${operation} stands twice in the policy`)
      read.set(operation, row)
    }
  }
  return read
}

function readRow(cells: readonly string[], line: string): ReadonlyMap<Role, Grant> {
  if (cells.length !== roles.length) throw new Error(`the policy's line has not a word for each role: ${line}`)
  const row = new Map<Role, Grant>()
  for (const [index, role] of roles.entries()) {
    const cell = must(cells[index], 'a cell of the policy')
    const grant = grants.find((one) => one === cell)
    if (grant) row.set(role, grant)
    else if (cell !== '-') throw new Error(`${cell} is no grant: ${line}`)
  }
  return row
}

/** The policy of this release. */
export const policyTable: Policy = readPolicy(policy)

/** What some roles were granted, once it has been asked for: who asks often asks with the same roles. */
const known = new WeakMap<ReadonlySet<Role>, Map<string, Grant | undefined>>()

/** The widest that any of some roles is granted; undefined: nothing. An operation without a line is nobody's. */
export function grantOf(held: ReadonlySet<Role>, operation: string): Grant | undefined {
  const seen = known.get(held) ?? new Map<string, Grant | undefined>()
  known.set(held, seen)
  if (!seen.has(operation)) seen.set(operation, widest(held, policyTable.get(operation)))
  return seen.get(operation)
}

function widest(held: ReadonlySet<Role>, row: ReadonlyMap<Role, Grant> | undefined): Grant | undefined {
  const given = new Set([...held].map((role) => row?.get(role)))
  return grants.find((grant) => given.has(grant))
}
