'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { runTests } = require('./test.cjs')

/** The first of some programs on the PATH, or where packages put servers, which is not on everybody's; undefined where there is none. */
function findProgram(names) {
  const folders = [...(process.env.PATH || '').split(path.delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin']
  const places = names.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  return places.find((place) => fs.existsSync(place))
}

/** The tests of a project that start a program of others: the one that `variable` names, or that is found; without one they fail. */
function runTestsWith({ project, names, variable }, args) {
  const program = process.env[variable] || findProgram(names)
  if (program === undefined) {
    const what = `There is no ${names.join(' or ')} on the PATH: install one, or name it in ${variable}.`
    process.stdout.write(`${what}\n\n0 passed, 1 failed\n`)
    process.exitCode = 1
    return
  }
  process.env[variable] = program
  runTests(['--project', project, ...args])
}

module.exports = { runTestsWith }
