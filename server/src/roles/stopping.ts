/** The reason to abort with, where clients are to be sent away one after another before anything is closed. */
export const drainFirst = 'drain'

/** Aborts at the first SIGINT or SIGTERM; a second one does not wait. */
export function untilStopped(say: (line: string) => void): AbortSignal {
  const stopping = new AbortController()
  const stop = (name: string) => {
    if (stopping.signal.aborted) process.exit(130)
    say(`\n${name}: stopping in order. Once more to stop at once.`)
    // A terminal wants to be given back; who rolls out has time for the clients.
    stopping.abort(name === 'SIGTERM' ? drainFirst : undefined)
  }
  process.on('SIGINT', () => stop('SIGINT')).on('SIGTERM', () => stop('SIGTERM'))
  return stopping.signal
}
