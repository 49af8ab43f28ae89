import { configDefaults, defineConfig } from 'vitest/config'

// Tests run from source: the workspaces' `source` export condition points at their TypeScript.
// Not `import`: it would hold for require() too, which then finds the wrong half of packages such as pg-pool.
const conditions = ['source', 'node']

// What runs outside of vitest's own loading requires the one half of this package, and its types are compared by identity.
const alias = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]

/** Tests with a database that are of the ways in, or of programs around it: run once, and not again on each PostgreSQL. */
const ofTheWaysIn = process.env.CELLARHAND_TEST_OF_POSTGRES
  ? [
      'server/src/gateway/**',
      'server/src/{access/issuer,demo,remote-stock}/**',
      'server/src/roles/{access-command,client-example,stock-process}*',
      'server/test/{probes,storm,fuzz}/**',
      '{client,bench}/**',
    ]
  : []

/** Tests of what a process has loaded. Those of the browser's side have a document each. */
const apart = ['server/src/gateway/rest/socket-io.pg.test.ts']

const withRedis = '{server,bench}/{src,test}/**/*.redis.test.ts'
const fuzz = 'server/test/**/*.fuzz.test.ts'
const behindHaproxy = '{server,bench}/{src,test}/**/*.haproxy.test.ts'

export default defineConfig({
  resolve: { conditions, alias },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make the tests with real processes time out.
    maxWorkers: 2,
    // So that a skipped test can be listed with the comment that says why.
    includeTaskLocation: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'cellarhand',
          include: ['{protocol,server,bench}/{src,test}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, withRedis, behindHaproxy, fuzz, ...apart, ...ofTheWaysIn],
          globalSetup: ['server/test/postgres-global.ts'],
          // A file takes over the modules that the one before has loaded: to load them was a fifth of all the time. So what a test puts over something of all, it puts back.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['{client,web}/{src,test,e2e}/**/*.test.{ts,tsx}', ...apart],
          exclude: [...configDefaults.exclude, ...ofTheWaysIn],
          globalSetup: ['server/test/postgres-global.ts'],
        },
      },
      // They start a redis-server of their own for each test, by its program: a test kills and stops it.
      ...(process.env.CELLARHAND_TEST_REDIS_SERVER
        ? [
            {
              extends: true as const,
              test: { name: 'redis', include: [withRedis], globalSetup: ['server/test/postgres-global.ts'] },
            },
          ]
        : []),
      // Schemathesis holds the API to its document. One after the other: each level has its time, which another would take from it.
      ...(process.env.CELLARHAND_TEST_SCHEMATHESIS
        ? [
            {
              extends: true as const,
              test: { name: 'fuzz', include: [fuzz], globalSetup: ['server/test/postgres-global.ts'] },
            },
          ]
        : []),
      // They start a haproxy of their own, by its program.
      ...(process.env.CELLARHAND_TEST_HAPROXY
        ? [
            {
              extends: true as const,
              test: { name: 'haproxy', include: [behindHaproxy], globalSetup: ['server/test/postgres-global.ts'] },
            },
          ]
        : []),
      // The house rules look at files only: no database is started for them.
      { extends: true, test: { name: 'tidy', include: ['tidy/src/**/*.test.ts'] } },
    ],
  },
})
