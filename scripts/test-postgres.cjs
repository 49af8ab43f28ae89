'use strict'
// Plain old JavaScript, so that an old Node says what is wrong in place of a syntax error.
require('./lib/preflight.cjs').preflight(true)
// What is about HTTP, and not about what PostgreSQL does, is not run a second time.
process.env.CELLARHAND_TEST_OF_POSTGRES = '1'
require('./lib/test.cjs').runTests(['.pg.test'].concat(process.argv.slice(2)))
