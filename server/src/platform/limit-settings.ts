import { brand } from '@cellarhand/protocol/brand'
import type { Setting } from './setting.ts'

const prefix = brand.envPrefix

/** How much anybody may ask for, and customers may hold at once. */
export const limitSettings = {
  ratePercent: {
    env: `${prefix}RATE_PERCENT`,
    flag: '--rate-percent',
    type: 'integer',
    least: 0,
    most: 100_000,
    default: 100,
    doc: 'Requests a minute that anybody may send, in percent of the table in docs/accounts.md; 0: as many as they like.',
  },
  customerHoldsMax: {
    env: `${prefix}CUSTOMER_HOLDS_MAX`,
    flag: '--customer-holds-max',
    type: 'integer',
    least: 1,
    most: 100_000,
    default: 10,
    doc: 'Most live holds of one customer or guest. Staff and services have none.',
  },
  customerUnitsMax: {
    env: `${prefix}CUSTOMER_UNITS_MAX`,
    flag: '--customer-units-max',
    type: 'integer',
    least: 1,
    most: 1_000_000_000,
    default: 240,
    doc: 'Most bottles and cases in the live holds of one customer or guest.',
  },
  addressHoldsMax: {
    env: `${prefix}ADDRESS_HOLDS_MAX`,
    flag: '--address-holds-max',
    type: 'integer',
    least: 1,
    most: 1_000_000,
    default: 100,
    doc: 'Most live holds of customers and guests who come from one address, as one process has seen them.',
  },
  suspicionPercent: {
    env: `${prefix}SUSPICION_PERCENT`,
    flag: '--suspicion-percent',
    type: 'integer',
    least: 0,
    most: 1_000,
    default: 100,
    doc: 'How heavily it counts against customers and guests that they hold bottles and do not buy them, in percent of what docs/accounts.md says; 0: not at all.',
  },
} as const satisfies Record<string, Setting>
