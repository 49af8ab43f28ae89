import * as intents from './intents-aside.ts'
import type { Intent } from './intents.ts'
import type { Random } from './random.ts'

/** What is done beside holds and facts: bottles set aside, sent, and moved from bin to bin. */
const asideDoings = [
  'allocate',
  'deallocate',
  'allottedSale',
  'quarantine',
  'reinstate',
  'writeOffAside',
  'send',
  'arrive',
  'turnBack',
  'receiveLot',
  'move',
] as const
export type AsideDoing = (typeof asideDoings)[number]

export function isAside(doing: string): doing is AsideDoing {
  return (asideDoings as readonly string[]).includes(doing)
}

/** Where, what, and the transfers that anybody sent. */
export interface AsideStreet {
  readonly random: Random
  readonly sent: string[]
}

/** The intent for one of them under a key. A transfer is picked from those that were sent, ended ones among them now and then. */
export function asideIntent(
  { random, sent }: AsideStreet,
  doing: AsideDoing,
  key: string,
  { location, sku, quantity }: { location: string; sku: string; quantity: number },
): Intent {
  const line = { sku, quantity }
  const transferId = sent.length === 0 ? undefined : random.pick(sent)
  switch (doing) {
    case 'allocate':
    case 'deallocate':
      return intents.allot(key, doing, location, line)
    case 'allottedSale':
      return intents.saleAllotted(key, { location }, line)
    case 'quarantine':
      return intents.quarantine(key, { location }, line)
    case 'reinstate':
      return intents.reinstate(key, location, line)
    case 'writeOffAside':
      return intents.writeOffAside(key, { location }, line)
    case 'receiveLot':
      return intents.receiveLot(key, { location }, line)
    case 'move':
      return intents.move(key, location, line)
    case 'arrive':
    case 'turnBack': {
      if (transferId === undefined) return sendOff(key, location, line)
      if (doing === 'turnBack') return intents.turnBack(key, transferId)
      return random.below(2) === 0
        ? intents.arrive(key, transferId)
        : intents.arrive(key, transferId, { ...line, missing: random.below(2) })
    }
    case 'send':
      return sendOff(key, location, line)
  }
}

function sendOff(key: string, location: string, line: { sku: string; quantity: number }): Intent {
  return intents.send(key, location, location === 'shop' ? 'warehouse' : 'shop', line)
}
