'use strict'
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./preflight.cjs')
const { step } = require('./progress.cjs')
const { problem, run } = require('./spawn.cjs')

// Kept with the packages: who clears those away clears it away too.
const cache = path.join(root, 'node_modules', '.cache', 'venv')

const needsPython =
  'This needs Python 3.11 or newer with its module venv: install the packages python3 and python3-venv, or name another python in CELLARHAND_PYTHON.'

/** The version of a Python, as 3.11.2; throws where there is none that is new enough. */
async function versionOf(python) {
  const { code, output } = await run(python, ['-c', 'import sys, venv, ensurepip; print(sys.version.split()[0])'])
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(output) || []
  if (code !== 0 || Number(major) !== 3 || Number(minor) < 11) throw problem(`${needsPython}\n\n${output}`)
  return output.trim()
}

async function make(folder, python, requirements) {
  fs.rmSync(cache, { recursive: true, force: true })
  const made = await run(python, ['-m', 'venv', folder])
  if (made.code !== 0) throw problem(`${made.output}\n${needsPython}`)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:']
  const got = await run(path.join(folder, 'bin', 'python'), [...pip, '--require-hashes', '-r', requirements])
  if (got.code !== 0)
    throw problem(`${got.output}\nThe Python packages could not be installed; above is what pip said.`)
  fs.writeFileSync(path.join(folder, 'whole'), '')
}

/**
 * A folder of programs of Python packages, those of `requirements` to the byte. Made once for each state of that file and
 * each Python; what others were before goes. Gives the folder that has the programs.
 */
async function virtualEnvironment(requirements) {
  const python = process.env.CELLARHAND_PYTHON || 'python3'
  const state = `${await versionOf(python)}\n${fs.readFileSync(requirements, 'utf8')}`
  const folder = path.join(cache, createHash('sha256').update(state).digest('hex').slice(0, 16))
  if (!fs.existsSync(path.join(folder, 'whole'))) {
    await step('Installing Python packages', () => make(folder, python, requirements))
  }
  return path.join(folder, 'bin')
}

module.exports = { virtualEnvironment }
