'use strict'
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./preflight.cjs')
const { filesUnder, readJson, writeJson } = require('./files.cjs')
const { step } = require('./progress.cjs')
const { problem, runTool } = require('./spawn.cjs')

const stampFile = path.join(root, 'node_modules', '.cellarhand-built.json')
const isTest = (file) => /\.test\.[cm]?tsx?$/.test(file)
const inRoot = (...parts) => path.join(root, ...parts)

/**
 * What can be built: `needs` are built before it, `reads` are its sources. A test file is no source: editing one rebuilds nothing.
 */
const targets = {
  protocol: { needs: [], reads: ['protocol/src', 'protocol/tsconfig.json'] },
  server: { needs: ['protocol'], reads: ['server/src', 'server/tsconfig.json'] },
  client: { needs: ['protocol'], reads: ['client/src', 'client/tsconfig.json'] },
  bench: { needs: ['protocol'], reads: ['bench/src', 'bench/tsconfig.json'] },
  tidy: { needs: [], reads: ['tidy/src', 'tidy/tsconfig.json'] },
  web: { needs: ['protocol', 'client'], reads: ['web'] },
}
const compiled = new Set(['protocol', 'server', 'client', 'bench', 'tidy'])
// A browser test of the page is no part of the page.
const isSource = (file) => !isTest(file) && !file.startsWith(inRoot('web', 'e2e'))

function sourcesOf(name) {
  return targets[name].reads.flatMap((place) => {
    const full = inRoot(...place.split('/'))
    return fs.statSync(full, { throwIfNoEntry: false })?.isFile() ? [full] : filesUnder(full, isSource)
  })
}

/** Size and time of every source: cheap enough to take at every start, and any edit changes it. */
function fingerprint(name) {
  const hash = createHash('sha256')
  const own = [...sourcesOf(name), inRoot('tsconfig.base.json'), inRoot('package-lock.json')]
  for (const file of own.toSorted((a, b) => (a < b ? -1 : 1))) {
    const { size, mtimeMs } = fs.statSync(file)
    hash.update(`${file}\0${size}\0${mtimeMs}\n`)
  }
  for (const needed of targets[name].needs) hash.update(fingerprint(needed))
  return hash.digest('hex')
}

/** The files that a build leaves, as far as they are known beforehand. */
function outputsOf(name) {
  if (name === 'web') return [inRoot('web', 'dist', 'app', 'index.html')]
  const from = inRoot(name, 'src')
  const code = sourcesOf(name).filter((file) => /\.tsx?$/.test(file) && file.startsWith(from))
  return code.map((file) => inRoot(name, 'dist', path.relative(from, file).replace(/\.tsx?$/, '.js')))
}

function staleAmong(names) {
  const stamps = readJson(stampFile, {})
  const isFresh = (name) => stamps[name] === fingerprint(name) && outputsOf(name).every((file) => fs.existsSync(file))
  return names.filter((name) => !isFresh(name))
}

/** `names` and all that they need, what is needed first. */
function withNeeds(names) {
  return [...new Set(names.flatMap((name) => [...withNeeds(targets[name].needs), name]))]
}

/** Takes away what former sources left in dist, so that dist is a function of the sources. */
function prune(name) {
  const known = new Set(outputsOf(name).map((file) => file.replace(/\.js$/, '')))
  const dist = inRoot(name, 'dist')
  if (!fs.existsSync(dist)) return
  for (const entry of fs.readdirSync(dist, { recursive: true })) {
    const full = path.join(dist, String(entry))
    if (/\.(js|d\.ts)(\.map)?$/.test(full) && !known.has(full.replace(/\.(js|d\.ts)(\.map)?$/, ''))) fs.rmSync(full)
  }
}

function failed(what, output) {
  return problem(`${output.trim()}\n\n${what} could not be built; above is what is wrong and where.`)
}

async function compile(names) {
  for (const name of names) {
    // The compiler believes its own notes: where an output is gone, they have to go as well.
    const isWhole = outputsOf(name).every((file) => fs.existsSync(file))
    if (!isWhole) fs.rmSync(inRoot(name, 'dist', '.tsbuildinfo'), { force: true })
  }
  const { code, output } = await runTool('typescript/bin/tsc', ['-b', ...names])
  if (code !== 0) throw failed(names.join(', '), output)
  names.forEach(prune)
}

/** Builds the page beside the one being served, then swaps: a server at work never serves half of each. */
async function bundle() {
  const app = inRoot('web', 'dist', 'app')
  const next = `${app}.${process.pid}`
  const past = `${next}.old`
  try {
    const { code, output } = await runTool('vite/bin/vite.js', ['build', '--outDir', next, '--emptyOutDir'], {
      cwd: inRoot('web'),
    })
    if (code !== 0) throw failed('The page', output)
    if (fs.existsSync(app)) fs.renameSync(app, past)
    fs.renameSync(next, app)
  } finally {
    fs.rmSync(past, { recursive: true, force: true })
    fs.rmSync(next, { recursive: true, force: true })
  }
}

/**
 * Builds those of `names` (see targets) whose sources changed since, and what they need. Call with the set-up lock held. Throws
 * with the compiler's words. Stamps are taken before the work: an edit during it is seen the next time.
 */
async function build(names) {
  const stale = staleAmong(withNeeds(names))
  const stamps = Object.fromEntries(stale.map((name) => [name, fingerprint(name)]))
  const code = stale.filter((name) => compiled.has(name))
  const note = (done) =>
    writeJson(stampFile, {
      ...readJson(stampFile, {}),
      ...Object.fromEntries(done.map((name) => [name, stamps[name]])),
    })
  if (code.length > 0) {
    await step(`Compiling ${code.join(', ')}`, () => compile(code))
    note(code)
  }
  if (stale.includes('web')) {
    await step('Building the page', bundle)
    note(['web'])
  }
}

const isBuilt = (names) => staleAmong(withNeeds(names)).length === 0

module.exports = { build, isBuilt }
