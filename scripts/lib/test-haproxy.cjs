'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { runTests } = require('./test.cjs')

/** HAProxy on the PATH, or where packages put it, which is not on everybody's; undefined where there is none. */
function findHaproxy() {
  const folders = [...(process.env.PATH || '').split(path.delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => path.join(folder, 'haproxy')).find((place) => fs.existsSync(place))
}

/** `npm run test:haproxy`: the tests that start an HAProxy, by the program that is named or found; without one they fail. */
function runHaproxyTests(args) {
  const program = process.env.CELLARHAND_TEST_HAPROXY || findHaproxy()
  if (program === undefined) {
    process.stdout.write(
      'There is no haproxy on the PATH: install it, or name it in CELLARHAND_TEST_HAPROXY.\n\n0 passed, 1 failed\n',
    )
    process.exitCode = 1
    return
  }
  process.env.CELLARHAND_TEST_HAPROXY = program
  runTests(['--project', 'haproxy', ...args])
}

module.exports = { runHaproxyTests }
