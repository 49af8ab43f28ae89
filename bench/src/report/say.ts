/** Tells a person what is going on, on stderr: what is asked for stays alone on stdout. */
export interface Say {
  line(text: string): void
  /** Says what begins, and how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>
}

/** Steps as lines; in a terminal the line of a step that is under way is completed in place. */
export function createSay(out: NodeJS.WriteStream = process.stderr): Say {
  return {
    line: (text) => void out.write(`${text}\n`),
    async step(what, work) {
      const startedMs = performance.now()
      if (out.isTTY) out.write(`  ${what} …`)
      try {
        const result = await work()
        out.write(`${out.isTTY ? '\r' : ''}  ${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s\n`)
        return result
      } catch (error) {
        out.write(`${out.isTTY ? '\r' : ''}  ${what}: failed\n`)
        throw error
      }
    },
  }
}
