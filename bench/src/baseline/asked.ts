import type { ChildProcess } from 'node:child_process'

/** Waits for the next message of a child process. Rejects when it ends before, or says nothing for so long. */
export function messageOf<T>(child: ChildProcess, withinMs: number, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
    }
    const onMessage = (message: unknown) => {
      settle()
      resolve(message as T)
    }
    const onExit = () => {
      settle()
      reject(new Error(`${name} ended, or does not answer`))
    }
    const timer = setTimeout(onExit, withinMs)
    child.once('message', onMessage).once('exit', onExit)
  })
}
