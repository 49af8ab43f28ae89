'use strict'
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { root } = require('./preflight.cjs')
const { readJson } = require('./files.cjs')
const { saying, setUp, watchSignals } = require('./setup.cjs')
const { runTool } = require('./spawn.cjs')

const allowedSkips = path.join(root, 'scripts', 'allowed-skips.json')

/** Runs vitest with `args` in the terminal. Gives { code, passed, failed, skipped }; a crash before the end counts as a failure. */
async function vitest(args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellarhand-results-'))
  const file = path.join(folder, 'results.json')
  const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default']
  try {
    const { code } = await runTool(
      'vitest/vitest.mjs',
      ['run', ...reporters, `--reporter=${path.join(__dirname, 'reporter.mjs')}`, ...args],
      { show: true, env: { ...process.env, TEST_RESULTS_FILE: file } },
    )
    const results = readJson(file, { passed: 0, failed: 0, skipped: [] })
    return { ...results, code, failed: code !== 0 && results.failed === 0 ? 1 : results.failed }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether the list of allowed skips has this one: by a text of its name or of its reason. */
function isAllowed(skip, allowed) {
  return allowed.some(({ match }) => skip.name.includes(match) || skip.reason.includes(match))
}

/** Names the skipped tests with their reasons; in CI, gives how many are not on the list, each of which is a failure. */
function tellSkips(skipped) {
  if (skipped.length === 0) return 0
  const allowed = readJson(allowedSkips, [])
  const strict = process.env.CI === 'true' || process.env.CI === '1'
  const refused = strict ? skipped.filter((skip) => !isAllowed(skip, allowed)) : []
  process.stdout.write(`\n${skipped.length} skipped:\n`)
  for (const skip of skipped) {
    const verdict = refused.includes(skip) ? ' (counts as failed: not in scripts/allowed-skips.json)' : ''
    process.stdout.write(`  ${skip.name}: ${skip.reason || 'no reason given'}${verdict}\n`)
  }
  return refused.length
}

/** Who narrows by name leaves all other tests out on purpose. */
const isNarrowed = (args) => args.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'))

/** `npm test`: installs, builds, runs the tests (all, or those that `args` choose as for vitest), ends with "N passed, N failed". */
function runTests(args) {
  saying(async () => {
    await setUp(['server', 'web', 'client', 'bench'])
    watchSignals()
    const { code, passed, failed, skipped } = await vitest(args)
    const refused = isNarrowed(args) ? 0 : tellSkips(skipped)
    process.stdout.write(`\n${passed} passed, ${failed + refused} failed\n`)
    process.exitCode = refused > 0 ? 1 : code
  })
}

module.exports = { runTests }
