import type { Config } from '../platform/config.ts'
import { unreachable } from '../platform/must.ts'
import { checkBuyer, isPlainDate, mayShipTo, minimumAge, type LeastAge, type Policy } from '../policy/policy.ts'
import type { Refusal, SalesPolicy } from '../stock/stock.ts'

type HandOver = Parameters<SalesPolicy>[0]
type Merchant = Pick<Config, 'country' | 'policyCheck' | 'seller' | 'timeZone'>

interface Asked {
  readonly country: string
  readonly subdivision?: string
  readonly onDate: string
}

/** What the records say of a sale by this merchant. Where nobody says where it is, nothing is checked: there is no law to ask. */
export function salesPolicyOf(policy: Policy, { country, policyCheck, seller, timeZone }: Merchant): SalesPolicy {
  if (policyCheck === 'off') return () => undefined
  const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (handOver) => {
    const place = handOver.place ?? placeOf(country)
    if (!place) return undefined
    const { country: there, subdivision } = place
    const onDate = dayOf.format(handOver.atUs / 1_000)
    const asked = { country: there, ...(subdivision === undefined ? {} : { subdivision }), onDate }
    const blocked = handOver.isShipped ? againstDestination(policy, asked, seller) : undefined
    return blocked ?? againstBuyer(policy, asked, handOver.buyer)
  }
}

/** A place as the configuration has it: `DE`, or `CA-QC`. */
function placeOf(code: string | undefined): HandOver['place'] {
  if (code === undefined) return undefined
  const country = code.slice(0, 2)
  return code === country ? { country } : { country, subdivision: code }
}

function againstDestination(policy: Policy, asked: Asked, seller: Merchant['seller']): Refusal | undefined {
  const answer = mayShipTo(policy, { ...asked, seller: seller === 'producer' ? 'producer' : 'retailer' })
  switch (answer.kind) {
    case 'allowed':
      return undefined
    case 'blocked':
      return { slug: 'destination-blocked', detail: answer.reason, members: { ...asked, source: answer.source } }
    case 'unknown':
      return { slug: 'policy-unknown', detail: answer.reason, members: { ...asked } }
    default:
      return unreachable(answer)
  }
}

/** A day of birth decides, whoever has looked; without one, somebody has to have looked. */
function againstBuyer(policy: Policy, asked: Asked, buyer: HandOver['buyer']): Refusal | undefined {
  const bornOn = buyer?.bornOn
  if (bornOn === undefined) return againstUnknownAge(minimumAge(policy, asked), asked, buyer)
  if (!isPlainDate(bornOn)) return noDay(asked, bornOn)
  const answer = checkBuyer(policy, { ...asked, bornOn })
  switch (answer.kind) {
    case 'old_enough':
      return undefined
    case 'too_young': {
      const { years, ofAgeOn, source } = answer
      return {
        slug: 'too-young',
        detail: `One has to be ${years} there to buy wine, and the buyer will be on ${ofAgeOn}.`,
        members: { ...asked, years, ofAgeOn, source },
      }
    }
    default:
      return againstUnknownAge(answer, asked, buyer)
  }
}

function noDay(asked: Asked, bornOn: string): Refusal {
  return { slug: 'age-unknown', detail: `${bornOn} is no day that the buyer can be born on.`, members: { ...asked } }
}

function againstUnknownAge(least: LeastAge, asked: Asked, buyer: HandOver['buyer']): Refusal | undefined {
  switch (least.kind) {
    case 'age': {
      const { years, source } = least
      if (years === 0 || buyer?.ageVerifiedBy !== undefined) return undefined
      return {
        slug: 'age-unknown',
        detail: `One has to be ${years} there to buy wine: say when the buyer was born, or who has verified the age.`,
        members: { ...asked, years, source },
      }
    }
    case 'prohibited': {
      const where = asked.subdivision ?? asked.country
      return {
        slug: 'sale-prohibited',
        detail: `Wine may not be sold in ${where}.`,
        members: { ...asked, source: least.source },
      }
    }
    case 'unknown':
      return { slug: 'policy-unknown', detail: least.reason, members: { ...asked } }
    default:
      return unreachable(least)
  }
}
