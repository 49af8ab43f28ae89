'use strict'
const path = require('node:path')
const { root } = require('./preflight.cjs')
const { setUp } = require('./setup.cjs')
const { runTests } = require('./test.cjs')
const { virtualEnvironment } = require('./venv.cjs')

const requirements = path.join(root, 'server', 'test', 'fuzz', 'requirements.txt')
const variables = { '--seconds': 'CELLARHAND_FUZZ_SECONDS', '--seed': 'CELLARHAND_FUZZ_SEED' }

/** Takes `--seconds N` and `--seed N` out of `args`, and puts them where the tests look for them. */
function takeBounds(args) {
  const rest = []
  for (let at = 0; at < args.length; at += 1) {
    const variable = variables[args[at]]
    if (variable === undefined) rest.push(args[at])
    else {
      const value = args[at + 1]
      if (!/^[1-9]\d{0,6}$/.test(value || '')) throw new Error(`${args[at]} takes a whole number, one or more.`)
      process.env[variable] = value
      at += 1
    }
  }
  return rest
}

/** `npm run test:fuzz`: the API held to its document, by a Schemathesis in a virtual environment of Python's. */
async function runFuzz(args) {
  try {
    const rest = takeBounds(args)
    await setUp(['server', 'web', 'client', 'bench'])
    process.env.CELLARHAND_TEST_SCHEMATHESIS = path.join(await virtualEnvironment(requirements), 'schemathesis')
    runTests(['--project', 'fuzz', ...rest])
  } catch (error) {
    process.stdout.write(`${error.message}\n\n0 passed, 1 failed\n`)
    process.exitCode = 1
  }
}

module.exports = { runFuzz }
