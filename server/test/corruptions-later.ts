export type Corruption = readonly [what: string, check: string, ...statements: string[]]

/** Any one row of a table. */
export const one = (table: string, where = 'true') => `ctid = (select ctid from ${table} where ${where} limit 1)`

/** Corruptions of documents, parcels, the journal and the log: see corruptions.ts. */
export const laterCorruptions: readonly Corruption[] = [
  [
    'an order of a bottle more than is expected',
    'what is expected, promised or not, is what purchase orders expect',
    `update stock.documents set body = jsonb_set(body, '{lines,0,quantity}', '999')
      where ${one('stock.documents', "kind = 'purchaseOrder' and state = 'open'")}`,
  ],
  [
    'an order put off that nobody was told of',
    'what orders expect is as the log last told it',
    `update stock.documents set body = jsonb_set(body, '{expectedAtMs}', '1')
      where ${one('stock.documents', "kind = 'purchaseOrder' and state = 'open'")}`,
  ],
  [
    'an order called received of which bottles are expected',
    'a purchase order is open as long as something of it is expected, and never expects less than nothing',
    `update stock.documents set state = 'received' where ${one('stock.documents', "kind = 'purchaseOrder' and state = 'open'")}`,
  ],
  [
    'a repack that says it broke more than it did',
    'a repack moved what it says it broke, built and lost',
    `update stock.documents set body = jsonb_set(body, '{break,0,quantity}', '9') where ${one('stock.documents', "kind = 'repack'")}`,
  ],
  [
    'a case that held more bottles than were built of it',
    'of each wine, as many bottles came out of a repack as went in',
    `update stock.documents set body = jsonb_set(body, '{contents,0,bottles,0,bottles}', '6') where ${one('stock.documents', "kind = 'repack'")}`,
  ],
  [
    'a repack whose contents are gone',
    'of each wine, as many bottles came out of a repack as went in',
    `update stock.documents set body = jsonb_set(body, '{contents}', '[]') where ${one('stock.documents', "kind = 'repack'")}`,
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
    'drop index stock.answers_key',
    `update stock.answers set key = 'twice' where operation = 'release'`,
  ],
  [
    'a key whose answer is gone',
    'what a key did can be answered again, from the first that is remembered on',
    `delete from stock.answers where entry = (select max(entry) from stock.answers where key is not null)`,
  ],
  [
    'an answer to nothing that was done',
    'what a key did can be answered again, from the first that is remembered on',
    `update stock.answers set entry = entry + 900 where entry = (select max(entry) from stock.answers)`,
  ],
  [
    'an answer that is no answer',
    'what was counted is kept with its entry, line by line',
    `update stock.answers set answer = '{' where ${one('stock.answers', "operation = 'count'")}`,
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
    'a count that names another as its source',
    'what was counted is kept with its entry, line by line',
    `update stock.counts set source = 'test|another' where ${one('stock.counts')}`,
  ],
  [
    'a count of another number than its answer says',
    'on hand is the latest count and what happened after it',
    `update stock.counts set counted = counted + 1 where sku = 'Y1'`,
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
    `update stock.hold_lines set amount_minor = amount_minor + 1 where ${one('stock.hold_lines', 'bundle is null')}`,
  ],
  [
    'a component of a bundle that costs a cent more than its share',
    'the shares of a held bundle come to the price that was current when it was held',
    `update stock.hold_lines set amount_minor = amount_minor + 1 where ${one('stock.hold_lines', 'bundle is not null')}`,
  ],
  [
    'a bundle that has bottles of its own',
    'a bundle stands nowhere, and no component is made of others',
    `insert into stock.recipes values ('X1', 'bundle', '[{ "sku": "Y1", "quantity": 1 }]')`,
  ],
  [
    'a bundle of bundles',
    'a bundle stands nowhere, and no component is made of others',
    `insert into stock.recipes values ('NEST', 'bundle', '[{ "sku": "SET", "quantity": 1 }]')`,
  ],
  [
    'a SKU that is a lot nobody opened',
    'what is sold as a lot is one that was opened',
    `insert into stock.recipes values ('LOT', 'lot', '[{ "sku": "X1", "quantity": 1 }]', 'NOBODY')`,
  ],
  [
    'a commitment that forgot which bundle it was',
    'a commitment has the lines of its hold, at its prices',
    `update stock.commitment_lines set bundle = null where ${one('stock.commitment_lines', 'bundle is not null')}`,
  ],
  [
    'a position that is gone',
    'positions are gapless from the least one kept',
    `delete from log.log where position = 9`,
  ],
  [
    'an entry whose batch never became visible',
    'every entry became visible with its batch, at the time it was recorded',
    `update log.batches set batch = 999999 where position = 9`,
  ],
  [
    'a batch of the log that never was',
    'every batch of the log has entries',
    `insert into log.batches select max(position) + 1, 999999, now() from log.log`,
  ],
  [
    'a batch that is in the log twice',
    'every row of the log is of the batch that stands for its position, and none is there twice',
    `insert into log.log select max(position) + 1, max(batch), max(at), '{}' from log.log`,
  ],
  [
    'a row of the log that took the batch of another',
    'every row of the log is of the batch that stands for its position, and none is there twice',
    `update log.log set batch = batch - 1 where position = (select max(position) from log.log)`,
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
