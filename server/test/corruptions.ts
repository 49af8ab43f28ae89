import { laterCorruptions, one, type Corruption } from './corruptions-later.ts'
import { orderCorruptions } from './order-corruptions.ts'

/**
 * Each corruption of a trading day's books (see verify.pg.test.ts), the check that has to name it, and the statements that plant it: what no
 * constraint of the database stops, or would stop if it were not taken away first.
 */
export const corruptions: readonly Corruption[] = [
  ...laterCorruptions,
  [
    'a bottle added to a level by hand',
    'levels equal the sums of their movements',
    `update stock.levels set available = available + 1 where sku = 'X1' and location = 'shop'`,
  ],
  [
    'a movement that is gone',
    'levels equal the sums of their movements',
    `delete from stock.movements where ${one('stock.movements', "from_account = 'supplier'")}`,
  ],
  [
    'a level whose row is gone',
    'levels equal the sums of their movements',
    `delete from stock.levels where sku = 'X1' and location = 'shop'`,
  ],
  [
    'an allotment of a bottle more',
    'allocated equals what is left in allotments',
    `update stock.allotments set quantity = quantity + 1 where ${one('stock.allotments')}`,
  ],
  [
    'a hold line that waits for a bottle nobody promised it',
    'what is promised of the expected equals what holds and commitments wait for',
    `update stock.hold_lines set pending = 1 where ${one('stock.hold_lines', 'not freed')}`,
  ],
  [
    'a hold line freed without giving its bottles back',
    'held equals what live holds have not given back',
    `update stock.hold_lines set freed = true where ${one('stock.hold_lines', 'not freed')}`,
  ],
  [
    'a released hold that still keeps bottles',
    'only active holds, and revoked ones not yet freed, keep bottles',
    `update stock.hold_lines set freed = false where ${one('stock.hold_lines', "hold_id in (select id from stock.holds where state = 'released')")}`,
  ],
  [
    'a hold without lines',
    'only active holds, and revoked ones not yet freed, keep bottles',
    `delete from stock.hold_lines where hold_id = (select id from stock.holds where state = 'expired' limit 1)`,
  ],
  [
    'a hold that is active again after it was released',
    'a hold ends once, by an entry that ends holds so',
    `update stock.holds set state = 'active' where ${one('stock.holds', "state = 'released'")}`,
  ],
  [
    'a hold said to have expired that was released',
    'a hold ends once, by an entry that ends holds so',
    `update stock.holds set state = 'expired' where ${one('stock.holds', "state = 'released'")}`,
  ],
  [
    'a hold ended by an entry that is not there',
    'a hold ends once, by an entry that ends holds so',
    `update stock.holds set ended_by = 1 where ${one('stock.holds', "state = 'committed'")}`,
  ],
  [
    'a hold line for more than was taken',
    "a hold's lines are what its entry took",
    `update stock.hold_lines set quantity = quantity + 1 where ${one('stock.hold_lines')}`,
  ],
  [
    'a hold of which only a part came back',
    'what ended a hold gave back or committed all of it',
    `update stock.movements set quantity = quantity + 1
      where ${one('stock.movements', "from_account = 'held' and entry in (select id from stock.entries where kind = 'release')")}`,
  ],
  [
    'a shipment of more than was sold',
    'what was shipped and cancelled equals what moved, and is not more than was sold',
    'alter table stock.commitment_lines drop constraint commitment_lines_check',
    `update stock.commitment_lines set shipped = quantity + 1 where ${one('stock.commitment_lines')}`,
  ],
  [
    'bottles shipped that no line says',
    'committed equals what commitments have outstanding',
    `update stock.commitment_lines set shipped = shipped + 1 where ${one('stock.commitment_lines', 'shipped + cancelled < quantity')}`,
  ],
  ...orderCorruptions,
  [
    'a commitment that is gone',
    'a committed hold has its commitment, and a commitment its hold',
    `delete from stock.commitments where ${one('stock.commitments')}`,
  ],
  [
    'a commitment at another price than its hold',
    'a commitment has the lines of its hold, at its prices',
    `update stock.commitment_lines set amount_minor = amount_minor - 1 where ${one('stock.commitment_lines')}`,
  ],
  [
    'a level below zero',
    'nothing of a level but short is below zero, and nothing beyond its bound',
    'alter table stock.levels drop constraint levels_available_check',
    `update stock.levels set available = -1 where sku = 'X1'`,
  ],
  [
    'bottles available beside a shortfall',
    'a level that is short has nothing available, and nothing held but of allotments and of what was expected',
    `update stock.levels set available = 1 where sku = 'S1'`,
  ],
  [
    'a level at a place nobody knows',
    'levels stand at a location that exists',
    `insert into stock.levels (sku, location) values ('X1', 'attic')`,
  ],
  [
    'a shortfall that is gone',
    'short equals the sum of its shortfalls',
    `delete from stock.shortfalls where sku = 'S1'`,
  ],
  [
    'a shortfall that says another depth',
    'each shortfall says what the level was after it, and belongs to an entry',
    `update stock.shortfalls set short = short - 1 where sku = 'S1'`,
  ],
  [
    'a movement that its kind cannot make',
    "every movement fits its entry's kind",
    `update stock.movements set to_account = 'loss:theft' where ${one('stock.movements', "to_account = 'customer'")}`,
  ],
  [
    'a movement without an entry',
    'every movement belongs to an entry and happened with it',
    `delete from stock.entries where ${one('stock.entries', "kind = 'sale'")}`,
  ],
  [
    'a movement at another time than its entry',
    'every movement belongs to an entry and happened with it',
    `update stock.movements set occurred_at = occurred_at - interval '1 hour' where ${one('stock.movements', 'physical')}`,
  ],
  [
    'an entry without its movements',
    'every entry has the movements its kind needs, none missing',
    `delete from stock.movements where entry = (select min(id) from stock.entries where kind = 'hold')`,
  ],
  [
    'a parcel of a bottle more',
    'parcels equal the sums of their moves',
    `update stock.parcels set quantity = quantity + 1 where ${one('stock.parcels')}`,
  ],
  [
    'more bottles of a lot than are there',
    'parcels have no more bottles than are on hand',
    `update stock.parcels set quantity = 100000 where ${one('stock.parcels')}`,
  ],
  [
    'a lot that nobody opened',
    'a lot is opened once, by an entry, before bottles come to it',
    `delete from stock.lots where ${one('stock.lots')}`,
  ],
  [
    'a transfer with a bottle more on its way than left',
    'what is in transit is what transfers have on their way',
    `update stock.documents set body = jsonb_set(body, '{lines,0,quantity}', '999') where ${one('stock.documents', "kind = 'transfer'")}`,
  ],
  [
    'a transfer whose state is not what its lines say',
    'a transfer is open as long as something of it is on its way',
    `update stock.documents set state = case state when 'in_transit' then 'received' else 'in_transit' end
     where ${one('stock.documents', "kind = 'transfer'")}`,
  ],
]
