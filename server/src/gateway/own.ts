import type { Caller } from '../access/access.ts'
import type { Command } from '../stock/stock.ts'
import type { Denied } from './denied.ts'

type Hold = Extract<Command, { kind: 'hold' }>
type Order = Extract<Command, { kind: 'order' }>

/**
 * A command of a customer or a guest, as theirs. What only staff may say is refused and not dropped: a location (which may be emptied of its safety stock), an allotment, what an order
 * costs beside its bottles, that somebody's age was verified, and another customer's name.
 */
export function ownCommand(caller: Caller, command: Command): Command | Denied {
  switch (command.kind) {
    case 'hold':
      return ownHold(caller, command)
    case 'order':
      return ownOrder(caller, command)
    default:
      return command
  }
}

function ownHold({ customers }: Caller, command: Hold): Command | Denied {
  if (command.lines.some(({ location }) => location !== undefined)) return notTheirsToSay('lines/location')
  if (command.lines.some(({ allotment }) => allotment !== undefined)) return notTheirsToSay('lines/allotment')
  const { customer = customers[0] } = command
  if (customer === undefined || !customers.includes(customer)) return notTheirsToSay('customer')
  return { ...command, customer }
}

function ownOrder({ customers }: Caller, command: Order): Command | Denied {
  const { terms } = command
  if (command.reference !== undefined) return notTheirsToSay('externalRef')
  if (terms.charges !== undefined) return notTheirsToSay('charges')
  if (terms.buyer?.ageVerifiedBy !== undefined) return notTheirsToSay('buyer/ageVerifiedBy')
  const { customer = customers[0] } = terms
  if (customer === undefined || !customers.includes(customer)) return notTheirsToSay('customer')
  return { ...command, terms: { ...terms, customer } }
}

const notTheirsToSay = (member: string): Denied => ({
  denied: 'forbidden',
  detail: `body/${member} is for staff to say: leave it out.`,
})
