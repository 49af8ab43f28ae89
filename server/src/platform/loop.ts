import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits for `ms` milliseconds, or less where `signal` aborts meanwhile: an aborted sleep ends early and quietly, so that a loop can look at its
 * signal in one place.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return
  await delay(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    if (!signal?.aborted) throw error
  })
}

/**
 * Runs `step` again and again until `signal` aborts, sleeping `everyMs` between one's end and the next one's start. What `step` throws goes to
 * `onError` and does not end the loop. Resolves when the last step has ended.
 */
export async function every(
  everyMs: number,
  step: (signal: AbortSignal) => Promise<void> | void,
  options: { signal: AbortSignal; onError: (error: unknown) => void },
): Promise<void> {
  while (!options.signal.aborted) {
    try {
      await step(options.signal)
    } catch (error) {
      options.onError(error)
    }
    await sleep(everyMs, options.signal)
  }
}
