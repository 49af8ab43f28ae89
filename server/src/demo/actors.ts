import type { Actor } from './actor.ts'
import { bar } from './actors/bar.ts'
import { checkout } from './actors/checkout.ts'
import { closing } from './actors/closing.ts'
import { club } from './actors/club.ts'
import { count } from './actors/count.ts'
import { customs } from './actors/customs.ts'
import { delivery } from './actors/delivery.ts'
import { inspect } from './actors/inspect.ts'
import { loss } from './actors/loss.ts'
import { packer } from './actors/packer.ts'
import { prices } from './actors/prices.ts'
import { quarantine } from './actors/quarantine.ts'
import { service } from './actors/service.ts'
import { till } from './actors/till.ts'
import { unload } from './actors/unload.ts'
import { van } from './actors/van.ts'
import { web } from './actors/web.ts'

/** Everybody, in the order in which a day is told: what came, what was sold, what was seen to. */
export const actors: readonly Actor[] = [
  delivery,
  customs,
  till,
  web,
  checkout,
  club,
  packer,
  service,
  van,
  unload,
  bar,
  closing,
  count,
  loss,
  quarantine,
  inspect,
  prices,
]
