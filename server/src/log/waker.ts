/** Ends a wait early. A wake with nobody waiting is kept for the next wait: between a look and the wait after it nothing is lost. */
export interface Waker {
  wake(): void
  /** Resolves when woken, or after `ms`, or when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** A waker for one waiter. */
export function createWaker(): Waker {
  let woken = false
  let release: (() => void) | undefined
  return {
    wake() {
      woken = true
      release?.()
    },
    async wait(ms, signal) {
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          release = () => {
            clearTimeout(timer)
            resolve()
          }
          signal.addEventListener('abort', release, { once: true })
        }).finally(() => {
          if (release) signal.removeEventListener('abort', release)
          release = undefined
        })
      }
      woken = false
    },
  }
}
