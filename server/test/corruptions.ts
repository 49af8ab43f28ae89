const one = (table: string, where = 'true') => `ctid = (select ctid from ${table} where ${where} limit 1)`

/**
 * Each corruption of a trading day's books (see verify.pg.test.ts), the check that has to name it, and the statements that plant it: what no
 * constraint of the database stops, or would stop if it were not taken away first.
 */
export const corruptions: readonly (readonly [what: string, check: string, ...statements: string[]])[] = [
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
    'a level that is short has nothing available, and nothing held but of allotments',
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
  [
    'a document changed by hand',
    'a document was made and last changed by entries about it, one for each version',
    `update stock.documents set version = version + 1 where ${one('stock.documents')}`,
  ],
  [
    'an open bottle that was never taken from stock',
    'every bottle taken as opened is an open bottle, one each',
    `update stock.movements set to_account = 'customer' where ${one('stock.movements', "to_account = 'opened'")}`,
  ],
  [
    'a glass more left in a bottle than is in it',
    'what a bottle had was poured, thrown away, or is left',
    `update stock.documents set body = jsonb_set(body, '{leftMl}', '751') where ${one('stock.documents', "kind = 'openBottle' and state = 'open'")}`,
  ],
  [
    'a bottle called empty that is not',
    'what a bottle had was poured, thrown away, or is left',
    `update stock.documents set state = 'empty' where ${one('stock.documents', "kind = 'openBottle' and state = 'open'")}`,
  ],
  [
    'a pour that no entry knows of',
    'an open bottle has the pours of its entries',
    `update stock.documents set body = jsonb_set(body, '{servings}', '99') where ${one('stock.documents', "kind = 'openBottle'")}`,
  ],
  [
    'a pour made larger by hand',
    'an open bottle has the pours of its entries',
    `update stock.documents set body = jsonb_set(body, '{pours,0,ml}', '9000') where ${one('stock.documents', "kind = 'openBottle' and jsonb_array_length(body -> 'pours') > 0")}`,
  ],
  [
    'a physical movement that is not marked so',
    'movements are marked physical where bottles came or went',
    `update stock.movements set physical = false where ${one('stock.movements', 'physical')}`,
  ],
  [
    'a line beyond the bound',
    'quantities are within their bounds',
    'alter table stock.hold_lines drop constraint hold_lines_quantity_check',
    `update stock.hold_lines set quantity = 1000001 where ${one('stock.hold_lines')}`,
  ],
  [
    'a fact from the future',
    'nothing happened after it was recorded',
    `update stock.entries set occurred_at = recorded_at + interval '1 second' where ${one('stock.entries', "kind = 'sale'")}`,
  ],
  [
    'a key with two effects',
    'an idempotency key has one effect in its scope',
    'drop index stock.entries_key',
    `update stock.entries set key = 'twice', caller = 'test' where kind = 'release'`,
  ],
  [
    'a key whose answer is gone',
    'what a key did can be answered again',
    `update stock.entries set answer = null where ${one('stock.entries', 'key is not null')}`,
  ],
  [
    'an answer that is no answer',
    'a level knows its latest count',
    `update stock.entries set answer = '{' where ${one('stock.entries', "kind = 'count'")}`,
  ],
  [
    'a level that forgot its count',
    'a level knows its latest count',
    `update stock.levels set counted_at = null where sku = 'Y1' and location = 'shop'`,
  ],
  [
    'a late sale whose variance corrects more than it sold',
    'on hand is the latest count and what happened after it',
    `update stock.movements set quantity = quantity + 1 where sku = 'Y1' and from_account = 'variance'
      and entry in (select id from stock.entries where kind = 'sale')`,
  ],
  [
    'a count that the books after it do not show',
    'on hand is the latest count and what happened after it',
    `update stock.movements set quantity = quantity + 1 where sku = 'Y1' and from_account = 'supplier'`,
  ],
  [
    'a count whose figure is gone',
    'what was counted is kept with its entry, line by line',
    `delete from stock.counts where ${one('stock.counts')}`,
  ],
  [
    'a count said to be of another time than its entry',
    'what was counted is kept with its entry, line by line',
    `update stock.counts set occurred_at = occurred_at - interval '1 hour' where ${one('stock.counts')}`,
  ],
  [
    'a price changed by hand',
    'prices equal their last change',
    `update stock.prices set amount_minor = amount_minor + 1 where ${one('stock.prices')}`,
  ],
  [
    "a price in another currency than its channel's",
    'prices are in a channel that exists, in its currency, and come from an entry that sets prices',
    `update stock.price_changes set currency = 'CHF' where ${one('stock.price_changes')}`,
  ],
  [
    'a hold at a price that was not current',
    'holds keep the price that was current when they were made',
    `update stock.hold_lines set amount_minor = amount_minor + 1 where ${one('stock.hold_lines')}`,
  ],
  [
    'a position that is gone',
    'positions are gapless from the least one kept',
    `delete from log.log where position = 9`,
  ],
  [
    'an entry whose batch never became visible',
    'every entry became visible with its batch, at the time it was recorded',
    `update log.log set batch = 999999 where position = 9`,
  ],
  [
    'a batch of the log that never was',
    'every batch of the log has entries',
    `insert into log.log select max(position) + 1, 999999, now(), '{}' from log.log`,
  ],
  [
    'a level that the log tells otherwise',
    'levels are as the log last told them',
    `update stock.levels set revision = revision + 1 where sku = 'X1' and location = 'shop'`,
  ],
  [
    'a price that the log tells otherwise',
    'prices are as the log last told them',
    `update stock.prices set tax_included = not tax_included where sku = 'X1'`,
  ],
  [
    'an epoch of another database',
    'the epoch belongs to this database',
    `update log.epoch set bound_to = '1/00000001/1'`,
  ],
]
