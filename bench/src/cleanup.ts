/** Whatever must not outlive the bench: processes, connections, temporary folders. */
export interface Cleanup {
  /** Registers a step; what is returned runs it now, and never again. */
  add(step: () => Promise<void> | void): () => Promise<void>
  /** Runs what is left, the newest first. Steps that fail are told and do not stop the others. */
  run(): Promise<void>
}

/** A stack of steps that undo what was set up. */
export function createCleanup(tell: (error: unknown) => void): Cleanup {
  const steps: (() => Promise<void>)[] = []
  return {
    add(step) {
      let done: Promise<void> | undefined
      const once = () => (done ??= Promise.resolve(step()))
      steps.push(once)
      return once
    },
    async run() {
      for (let step = steps.pop(); step; step = steps.pop()) await step().catch(tell)
    },
  }
}
