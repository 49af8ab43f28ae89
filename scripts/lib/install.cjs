'use strict'
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./preflight.cjs')
const { readJson, writeJson } = require('./files.cjs')
const { step } = require('./progress.cjs')
const { problem, run } = require('./spawn.cjs')

const modules = path.join(root, 'node_modules')
const stampFile = path.join(modules, '.cellarhand-installed')
const lockText = () => fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')

/** What the installed packages depend on: the lock file, and the machine that their binaries were chosen for. */
function wantedStamp() {
  return { lock: createHash('sha256').update(lockText()).digest('hex'), machine: `${process.platform}-${process.arch}` }
}

function isInstalled() {
  const stamp = readJson(stampFile, {})
  const wanted = wantedStamp()
  return stamp.lock === wanted.lock && stamp.machine === wanted.machine
}

/** Whether a package of the lock file is for a machine like this one; glibc is assumed, as it only serves for counting. */
function fitsHere(entry) {
  const allows = (list, mine) =>
    !list || list.includes(mine) || (list[0]?.startsWith('!') && !list.includes(`!${mine}`))
  return allows(entry.os, process.platform) && allows(entry.cpu, process.arch) && allows(entry.libc, 'glibc')
}

/** The packages of the lock file that belong into node_modules here, by their path. */
function wantedPackages() {
  const all = Object.entries(JSON.parse(lockText()).packages)
  return all.filter(([at, entry]) => at.includes('node_modules/') && !entry.link && fitsHere(entry))
}

/**
 * Whether npm was run by hand and left exactly what the lock file says: then there is nothing to install, only to note.
 * npm writes its own account of node_modules last, so an interrupted install has none.
 */
function wasInstalledByHand() {
  const account = readJson(path.join(modules, '.package-lock.json'), null)
  if (!account) return false
  return wantedPackages().every(([at, entry]) => {
    const there = account.packages[at]
    return there ? there.version === entry.version && there.integrity === entry.integrity : Boolean(entry.optional)
  })
}

/** npm's own script run by this Node where npm started us, else the one beside this Node, else whatever the shell would find. */
function npmCommand() {
  const started = process.env.npm_execpath
  if (started && /npm-cli\.c?js$/.test(started)) return [process.execPath, started]
  const beside = path.join(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  return fs.existsSync(beside) ? [process.execPath, beside] : ['npm']
}

// --ignore-scripts: no package needs its install step here, and a dependency of a dependency should not get to run one.
// --include=dev: the compiler is a development dependency, wanted with NODE_ENV=production too.
const npmFlags = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=http', '--no-color']

function fetchedIn(text) {
  return (text.match(/npm http (?:fetch GET 200|cache) \S+\.tgz/g) ?? []).length
}

async function npm(args, report) {
  const total = wantedPackages().length
  let fetched = 0
  const [program, ...before] = npmCommand()
  return run(program, [...before, ...args, ...npmFlags], {
    onText: (text) => {
      fetched += fetchedIn(text)
      report(`${Math.min(fetched, total)} of ${total}`)
    },
  })
}

/**
 * npm ci refuses when the registry offers an optional package (another system's binary) that the lock file does not list. What is
 * needed here is locked all the same, so the install that only fills in what is missing, and writes nothing down, may do it.
 */
function onlyLacksOptional(output) {
  const complaints = output.match(/^npm error (?:Missing|Invalid): .*$/gm) ?? []
  const locked = JSON.parse(lockText()).packages
  const optional = new Set(Object.values(locked).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {})))
  const nameIn = (line) => /Missing: (.+)@[^@]* from lock file/.exec(line)?.[1]
  return complaints.length > 0 && complaints.every((line) => optional.has(nameIn(line)))
}

async function runNpm(report) {
  let result = await npm(['ci'], report)
  if (result.code !== 0 && onlyLacksOptional(result.output)) result = await npm(['install', '--no-save'], report)
  if (result.code === 0) return
  const said = result.output.split('\n').filter((line) => line.trim() && !line.startsWith('npm http '))
  const first = said.filter((line) => line.startsWith('npm error')).slice(0, 20)
  throw problem(
    `${(first.length > 0 ? first : said.slice(-20)).join('\n')}\n\nThe packages could not be installed; above is what npm ` +
      'said. Check the connection to the package registry (npm ping) and the free space of the disk, then run the same ' +
      'command again.',
  )
}

/** Installs the packages of the lock file unless they are there. Call with the set-up lock held. Throws with npm's own words. */
async function install() {
  if (isInstalled()) return
  if (!wasInstalledByHand()) {
    fs.rmSync(stampFile, { force: true })
    await step('Installing packages', runNpm)
  }
  writeJson(stampFile, wantedStamp())
}

module.exports = { install, isInstalled }
