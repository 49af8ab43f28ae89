'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { root } = require('./preflight.cjs')
const { saying, setUp } = require('./setup.cjs')
const { problem } = require('./spawn.cjs')

/** Where the person stands: npm changes to the project's folder and leaves the original one in INIT_CWD. */
function userFolder() {
  const folder = process.env.INIT_CWD
  return folder && fs.existsSync(folder) ? folder : process.cwd()
}

/** The data folder is one and the same from wherever a command is typed: as named there, else in the project's own folder. */
function settleDataFolder() {
  const named = process.env.CELLARHAND_DATA
  process.env.CELLARHAND_DATA = named ? path.resolve(userFolder(), named) : path.join(root, '.cellarhand')
}

// Between a stopped npm and the stop of what it ran.
const parentCheckMs = 250

/**
 * npm runs a script through a shell that dies of SIGTERM without passing it on, and what it ran would live on unseen. So whoever
 * loses the shell takes it as the signal that the shell got.
 */
function followParent() {
  const parent = process.ppid
  if (!process.env.npm_lifecycle_event) return
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, parentCheckMs)
  timer.unref()
}

/** Goes on as the given built program, in this same process: signals reach it directly. */
async function become(program, args) {
  const file = path.join(root, ...program)
  if (!fs.existsSync(file)) throw problem(`${program.join('/')} is not part of this version.`)
  process.argv = [process.argv[0], file, ...args]
  followParent()
  await import(pathToFileURL(file).href)
}

/** `npm start`: the server with the page. */
function runServer(command, args) {
  saying(async () => {
    await setUp(['server', 'web', 'client'])
    settleDataFolder()
    await become(['server', 'dist', 'roles', 'main.js'], [command, ...args])
  })
}

/** `npm run cellarhand -- …`: any command, with file names meant from where the person stands. */
function runCommand(args) {
  saying(async () => {
    await setUp(['server', ...(args[0] === 'serve' ? ['web'] : [])])
    settleDataFolder()
    process.chdir(userFolder())
    await become(['server', 'dist', 'roles', 'main.js'], args)
  })
}

/** `npm run bench` and `npm run torture`: a program of bench/, against the built server. */
function runBench(program, args) {
  saying(async () => {
    await setUp(['server', 'web', 'bench'])
    await become(['bench', 'dist', `${program}.js`], args)
  })
}

/** `npm run build`: everything. */
function runBuild() {
  saying(() => setUp(['server', 'web', 'client', 'bench']))
}

module.exports = { runBench, runBuild, runCommand, runServer }
