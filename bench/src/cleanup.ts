/** Whatever must not outlive the bench: processes, connections, temporary folders. */
export interface Cleanup {
  /** Registers a step; what is returned runs it now, and never again. */
  add(step: () => Promise<void> | void): () => Promise<void>
  /** Runs what is left, the newest first; who calls it meanwhile waits for the same. Steps that fail are told and do not stop the others. */
  run(): Promise<void>
}

/** A stack of steps that undo what was set up. */
export function createCleanup(tell: (error: unknown) => void): Cleanup {
  const steps: (() => Promise<void>)[] = []
  let running: Promise<void> | undefined
  async function runAll(): Promise<void> {
    for (let step = steps.pop(); step; step = steps.pop()) await step().catch(tell)
  }
  return {
    add(step) {
      let done: Promise<void> | undefined
      const once = () => (done ??= Promise.resolve(step()))
      steps.push(once)
      return once
    },
    run: () => (running ??= runAll().finally(() => (running = undefined))),
  }
}
