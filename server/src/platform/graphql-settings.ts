import { brand } from '@cellarhand/protocol/brand'
import { checkPath } from './setting-checks.ts'
import type { Setting } from './setting.ts'

const prefix = brand.envPrefix

/** The settings of GraphQL, as rows of the table of all. */
export const graphqlSettings = {
  graphql: {
    env: `${prefix}GRAPHQL`,
    flag: '--graphql',
    type: 'choice',
    choices: ['open', 'persisted', 'off'],
    default: 'open',
    doc: 'GraphQL at `/graphql`: any operation within the limits, only those that are registered, or none: docs/graphql.md.',
  },
  graphqlOperations: {
    env: `${prefix}GRAPHQL_OPERATIONS`,
    flag: '--graphql-operations',
    type: 'text',
    default: undefined,
    check: checkPath,
    doc: 'The operations that are registered: a folder of `.graphql` files, each known by its SHA-256, or a JSON file of operations by id.',
  },
  graphqlExplorer: {
    env: `${prefix}GRAPHQL_EXPLORER`,
    flag: '--graphql-explorer',
    type: 'choice',
    choices: ['auto', 'on', 'off'],
    default: 'auto',
    doc: 'Whether the schema may be asked for, and `/graphql` is a page in a browser. auto: on unless `NODE_ENV` is `production`. Never where only registered operations are carried out.',
  },
  nodeEnv: {
    env: 'NODE_ENV',
    flag: '--node-env',
    type: 'text',
    default: undefined,
    doc: 'Set to `production`, what is meant for development is off unless it is asked for.',
  },
} as const satisfies Record<string, Setting>
