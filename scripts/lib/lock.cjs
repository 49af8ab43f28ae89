'use strict'
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { root } = require('./preflight.cjs')
const { readJson } = require('./files.cjs')
const { problem } = require('./spawn.cjs')

const lockFile = path.join(root, '.setup.lock')
const heartbeatMs = 5_000
// Another machine on a shared folder cannot be asked whether it lives: six missed heartbeats say that it does not.
const silentMs = 30_000
const retryMs = 100
// The takeover itself is a few system calls; one that is older died in the middle.
const takeoverMs = 5_000

/** When a process began, in clock ticks since boot, so that a recycled pid is not mistaken for the holder; '' where unknown. */
function startOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function ageMs(file) {
  try {
    return Date.now() - fs.statSync(file).mtimeMs
  } catch {
    return 0
  }
}

/** Whether whoever holds the lock is gone: a dead or recycled pid here, or a silent machine elsewhere. */
function isStale() {
  const holder = readJson(lockFile, null)
  // Created and not yet written: give its maker the time to do so.
  if (!holder) return ageMs(lockFile) > takeoverMs
  if (holder.host !== os.hostname()) return ageMs(lockFile) > silentMs
  if (!isAlive(holder.pid)) return true
  const began = startOf(holder.pid)
  return began !== '' && holder.began !== '' && began !== holder.began
}

function tryCreate(file, text) {
  try {
    fs.writeFileSync(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM') {
      throw problem(
        `Cellarhand has to install or build something in ${root}, and ${os.userInfo().username} may not write there. ` +
          'Give that user the folder (chown -R), or clone the project into a folder of your own.',
      )
    }
    throw error
  }
}

/** Removes a stale lock. Only one process does so at a time, or the second would remove the first one's fresh lock. */
function removeStale() {
  const guard = `${lockFile}.takeover`
  if (!tryCreate(guard, '')) {
    if (ageMs(guard) > takeoverMs) fs.rmSync(guard, { force: true })
    return
  }
  try {
    if (isStale()) fs.rmSync(lockFile, { force: true })
  } finally {
    fs.rmSync(guard, { force: true })
  }
}

/**
 * Runs `work` while no other process sets up this checkout. Waits for one that does, calling `onWait` once; takes over from
 * one that died.
 */
async function withLock(work, onWait = () => {}) {
  const mine = JSON.stringify({ pid: process.pid, began: startOf(process.pid), host: os.hostname() })
  let told = false
  while (!tryCreate(lockFile, mine)) {
    if (isStale()) removeStale()
    else {
      if (!told) onWait()
      told = true
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
  const release = () => fs.rmSync(lockFile, { force: true })
  const heartbeat = setInterval(() => fs.utimesSync(lockFile, new Date(), new Date()), heartbeatMs)
  heartbeat.unref()
  process.on('exit', release)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    process.off('exit', release)
    release()
  }
}

module.exports = { withLock }
