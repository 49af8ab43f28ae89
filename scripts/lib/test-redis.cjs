'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { runTests } = require('./test.cjs')

/** The first of some programs on the PATH; undefined where there is none. */
function findProgram(names) {
  const folders = (process.env.PATH || '').split(path.delimiter).filter(Boolean)
  const places = names.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  return places.find((place) => fs.existsSync(place))
}

/** `npm run test:redis`: the tests that start a Redis or Valkey, by the program that is named or found; without one they fail. */
function runRedisTests(args) {
  const program = process.env.CELLARHAND_TEST_REDIS_SERVER || findProgram(['redis-server', 'valkey-server'])
  if (program === undefined) {
    process.stdout.write(
      'There is no redis-server or valkey-server on the PATH: install one, or name it in CELLARHAND_TEST_REDIS_SERVER.\n\n0 passed, 1 failed\n',
    )
    process.exitCode = 1
    return
  }
  process.env.CELLARHAND_TEST_REDIS_SERVER = program
  runTests(['--project', 'redis', ...args])
}

module.exports = { runRedisTests }
