'use strict'
// Plain old JavaScript, so that an old Node says what is wrong in place of a syntax error.
require('./lib/preflight.cjs').preflight(true)
void require('./lib/test-fuzz.cjs').runFuzz(process.argv.slice(2))
