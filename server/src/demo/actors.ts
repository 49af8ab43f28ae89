import type { Actor } from './actor.ts'
import { bank } from './actors/bank.ts'
import { bar } from './actors/bar.ts'
import { bins } from './actors/bins.ts'
import { books } from './actors/books.ts'
import { buyer } from './actors/buyer.ts'
import { carrier } from './actors/carrier.ts'
import { cases } from './actors/cases.ts'
import { checkout } from './actors/checkout.ts'
import { closing } from './actors/closing.ts'
import { club } from './actors/club.ts'
import { collect } from './actors/collect.ts'
import { count } from './actors/count.ts'
import { courier } from './actors/courier.ts'
import { customs } from './actors/customs.ts'
import { delivery } from './actors/delivery.ts'
import { dock } from './actors/dock.ts'
import { finest } from './actors/finest.ts'
import { inspect } from './actors/inspect.ts'
import { loss } from './actors/loss.ts'
import { lots } from './actors/lots.ts'
import { packer } from './actors/packer.ts'
import { picker } from './actors/picker.ts'
import { prices } from './actors/prices.ts'
import { primeur } from './actors/primeur.ts'
import { quarantine } from './actors/quarantine.ts'
import { returns } from './actors/returns.ts'
import { service } from './actors/service.ts'
import { sets } from './actors/sets.ts'
import { supplier } from './actors/supplier.ts'
import { till } from './actors/till.ts'
import { unload } from './actors/unload.ts'
import { van } from './actors/van.ts'
import { web } from './actors/web.ts'

/** Everybody, in the order in which a day is told: what came, what was sold, what was seen to. */
export const actors: readonly Actor[] = [
  delivery,
  buyer,
  supplier,
  dock,
  primeur,
  customs,
  till,
  web,
  checkout,
  sets,
  club,
  bank,
  service,
  picker,
  packer,
  carrier,
  courier,
  collect,
  returns,
  van,
  unload,
  cases,
  bar,
  closing,
  count,
  books,
  lots,
  finest,
  bins,
  loss,
  quarantine,
  inspect,
  prices,
]
