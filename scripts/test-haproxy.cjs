'use strict'
// Plain old JavaScript, so that an old Node says what is wrong in place of a syntax error.
require('./lib/preflight.cjs').preflight(true)
require('./lib/test-with.cjs').runTestsWith(
  { project: 'haproxy', names: ['haproxy'], variable: 'CELLARHAND_TEST_HAPROXY' },
  process.argv.slice(2),
)
