/** What can be wrong with orders; as `corruptions`. */
export const orderCorruptions: readonly (readonly [what: string, check: string, ...statements: string[]])[] = [
  [
    'an order that says it has shipped one bottle less than its commitment',
    'an order says of its lines what its commitment says',
    `update stock.documents set body = jsonb_set(body, '{lines,0,shipped}', to_jsonb((body #>> '{lines,0,shipped}')::int - 1))
      where id = (select id from stock.documents where kind = 'order' and (body #>> '{lines,0,shipped}')::int > 0 limit 1)`,
  ],
  [
    'an order without a commitment',
    'an order says of its lines what its commitment says',
    `delete from stock.commitment_lines where commitment_id = (select id from stock.documents where kind = 'order' limit 1)`,
  ],
  [
    'a shipment that is gone',
    'what an order has shipped is in its shipments, and what came back in its returns',
    `update stock.documents set body = jsonb_set(body, '{shipments}', '[]')
      where id = (select id from stock.documents where kind = 'order' and body -> 'shipments' <> '[]' limit 1)`,
  ],
  [
    'a return that nothing moved for',
    'what came back of an order equals what moved, and is not more than was handed over',
    `update stock.documents set body = jsonb_set(body, '{returns,0,lines,0,quantity}',
        to_jsonb((body #>> '{returns,0,lines,0,quantity}')::int + 1))
      where id = (select id from stock.documents where kind = 'order' and body -> 'returns' <> '[]' limit 1)`,
  ],
  [
    'more returned than was shipped',
    'what came back of an order equals what moved, and is not more than was handed over',
    'alter table stock.commitment_lines drop constraint commitment_lines_returned_check',
    `update stock.commitment_lines set returned = shipped + 1 where ctid = (select ctid from stock.commitment_lines limit 1)`,
  ],
  [
    'an order called cancelled that is not',
    'an order stands as its lines and shipments say',
    `update stock.documents set state = 'cancelled'
      where id = (select id from stock.documents where kind = 'order' and state <> 'cancelled' limit 1)`,
  ],
]
