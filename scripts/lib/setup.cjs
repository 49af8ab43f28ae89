'use strict'
const { withLock } = require('./lock.cjs')
const { install, isInstalled } = require('./install.cjs')
const { build, isBuilt } = require('./build.cjs')
const { stopTools } = require('./spawn.cjs')

/** Ends on a signal as a shell expects, having stopped the tools at work; the lock goes with the process. */
function watchSignals() {
  const onInterrupt = () => end('SIGINT', 130)
  const onTerminate = () => end('SIGTERM', 143)
  const end = (signal, code) => {
    stopTools(signal)
    process.exit(code)
  }
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate)
  return () => process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate)
}

/**
 * Installs what is missing and builds what is stale of `names` (of build.cjs). Says nothing and starts no other program when
 * there is nothing to do. Two processes may call it at once: the second waits, and finds the work done.
 */
async function setUp(names) {
  if (isInstalled() && isBuilt(names)) return
  const unwatch = watchSignals()
  try {
    await withLock(
      async () => {
        await install()
        await build(names)
      },
      () => process.stderr.write('  Another process is setting up this folder; waiting for it.\n'),
    )
  } finally {
    unwatch()
  }
}

/** Runs `main`; a failure meant for people is printed as it stands, any other with its stack. */
function saying(main) {
  main().catch((error) => {
    process.stderr.write(`${error.told ? error.message : error.stack}\n`)
    process.exit(1)
  })
}

module.exports = { saying, setUp, watchSignals }
