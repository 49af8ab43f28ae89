import { brand } from '@cellarhand/protocol/brand'
import type { Setting } from './setting.ts'
import { checkPath, checkPlace, checkTimeZone } from './setting-checks.ts'

const prefix = brand.envPrefix

/** Settings of what the law lets a house sell, and where it is. */
export const policySettings = {
  policyFile: {
    env: `${prefix}POLICY_FILE`,
    flag: '--policy-file',
    type: 'text',
    default: undefined,
    check: checkPath,
    doc: 'A file of your own records of ages and destinations, which go before those that come along: docs/policies.md.',
  },
  policyCheck: {
    env: `${prefix}POLICY_CHECK`,
    flag: '--policy-check',
    type: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    doc: 'Whether the age of buyers and the destinations of orders are checked. Off: somebody else does.',
  },
  country: {
    env: `${prefix}COUNTRY`,
    flag: '--country',
    type: 'text',
    default: undefined,
    check: checkPlace,
    doc: 'Where bottles are handed over that a customer collects: a country, DE, or a subdivision in full, CA-QC. Without it age is not checked there unless the request names a country.',
  },
  seller: {
    env: `${prefix}SELLER`,
    flag: '--seller',
    type: 'choice',
    choices: ['retailer', 'producer'],
    default: 'retailer',
    doc: 'Who sells, for places that let one ship and not the other.',
  },
  timeZone: {
    env: `${prefix}TIME_ZONE`,
    flag: '--time-zone',
    type: 'text',
    default: 'UTC',
    check: checkTimeZone,
    doc: 'The time zone in which days of policies begin, as Europe/Berlin.',
  },
} as const satisfies Record<string, Setting>
