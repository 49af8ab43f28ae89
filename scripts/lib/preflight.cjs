'use strict'
// This file and the scripts that load it are read by whatever Node there is, down to version 8: no arrow functions, no let,
// no async, no optional chaining. Everything newer waits behind the check below.

var fs = require('fs')
var path = require('path')

var root = path.join(__dirname, '..', '..')

/** "20.19.1" to [20, 19, 1]; what is missing counts as zero. */
function numbers(version) {
  var parts = String(version)
    .replace(/^[^0-9]*/, '')
    .split('.')
  return [parseInt(parts[0], 10) || 0, parseInt(parts[1], 10) || 0, parseInt(parts[2], 10) || 0]
}

function isOlder(version, least) {
  var a = numbers(version)
  var b = numbers(least)
  for (var i = 0; i < 3; i++) {
    if (a[i] !== b[i]) return a[i] < b[i]
  }
  return false
}

/** Whether this Node was linked against musl: its program interpreter is named in the first bytes of its own file. */
function isMusl() {
  if (process.platform !== 'linux') return false
  try {
    var head = Buffer.alloc(4096)
    var file = fs.openSync(process.execPath, 'r')
    fs.readSync(file, head, 0, head.length, 0)
    fs.closeSync(file)
    return head.indexOf('/ld-musl-') >= 0
  } catch (error) {
    return false
  }
}

/**
 * What stands in the way of running here, as a sentence that says what to do, or null.
 * `machine` is { version, least, platform, arch, musl, ownDatabase }; `ownDatabase` is true where a PostgreSQL was named.
 */
function problemOf(machine) {
  if (isOlder(machine.version, machine.least)) {
    return (
      'Cellarhand needs Node.js ' +
      machine.least +
      ' or newer, and this is ' +
      machine.version +
      '. ' +
      'Install a current one from https://nodejs.org (or with "nvm install 22") and run the same command again.'
    )
  }
  if (machine.platform === 'win32') {
    return (
      'Cellarhand does not run on Windows itself. Install the Windows Subsystem for Linux with "wsl --install", ' +
      'clone the project inside it, and run the same command there.'
    )
  }
  if (machine.ownDatabase) return null
  if (machine.musl) {
    return (
      'The PostgreSQL that comes with Cellarhand is built for glibc, and this system uses musl (Alpine?). ' +
      'Set DATABASE_URL to a PostgreSQL 15 or newer, or use a Debian-slim image.'
    )
  }
  if (machine.arch !== 'x64' && machine.arch !== 'arm64') {
    return (
      'The PostgreSQL that comes with Cellarhand runs on x64 and arm64, and this machine is ' +
      machine.arch +
      '. ' +
      'Set DATABASE_URL to a PostgreSQL 15 or newer.'
    )
  }
  return null
}

function leastNode() {
  var manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  return manifest.engines.node.replace(/^[^0-9]*/, '')
}

/** Ends the process with a sentence when this machine cannot run Cellarhand. `needsDatabase`: whether PostgreSQL will be started. */
function preflight(needsDatabase) {
  var problem = problemOf({
    version: process.versions.node,
    least: leastNode(),
    platform: process.platform,
    arch: process.arch,
    musl: isMusl(),
    ownDatabase: !needsDatabase || Boolean(process.env.DATABASE_URL || process.env.CELLARHAND_TEST_DATABASE_URL),
  })
  if (problem) {
    process.stderr.write(problem + '\n')
    process.exit(1)
  }
}

module.exports = { preflight: preflight, problemOf: problemOf, root: root }
