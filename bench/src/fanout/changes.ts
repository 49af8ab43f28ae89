import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerLength, statusOf } from '../load/answer.ts'
import { adjustmentRequests, type Requests } from '../load/request.ts'
import type { Range } from './share.ts'

/** Real changes of stock at a pace, through the public API. */
export interface Changes {
  start(range: Range, perSecond: number): void
  /** Resolves when everything that was asked for is answered. Rejects if something was refused. */
  rest(): Promise<void>
}

/** A commit takes some milliseconds, and 200 a second are asked for: more than are ever under way. */
const connections = 16
const answeredWithinMs = 20_000
const created = 201

/** Each change goes to the next connection that waits for no answer; one for which there is none is left out, so that nothing piles up before the server. */
export function createChanges(port: number): Changes {
  let lines: Asking[] = []
  let timer: NodeJS.Timeout | undefined
  let failed: string | undefined
  function start({ first, count }: Range, perSecond: number): void {
    let turn = 0
    const choose = () => first + (turn++ % count)
    // Opened for each run: a server closes those that say nothing for long.
    lines = Array.from({ length: connections }, () =>
      openLine(port, adjustmentRequests(port, choose), (why) => (failed ??= why)),
    )
    const beganMs = performance.now()
    const everyMs = 1_000 / perSecond
    let asked = 0
    const tick = () => {
      for (; beganMs + asked * everyMs <= performance.now(); asked++) {
        const free = lines.findIndex(({ isFree }) => isFree())
        if (free !== -1) lines.push(...lines.splice(free, 1).map((line) => line.ask()))
      }
      timer = setTimeout(tick, Math.max(1, beganMs + asked * everyMs - performance.now()))
    }
    tick()
  }
  return {
    start,
    async rest() {
      clearTimeout(timer)
      const endMs = performance.now() + answeredWithinMs
      const isDone = () => failed !== undefined || lines.every(({ isFree }) => isFree())
      while (!isDone() && performance.now() < endMs) await sleep(5)
      if (!isDone()) failed = 'A change of stock was not answered.'
      for (const { socket } of lines)
        socket
          .removeAllListeners()
          .on('error', () => {})
          .destroy()
      lines = []
      if (failed !== undefined) throw new Error(failed)
    },
  }
}

interface Asking {
  readonly socket: Socket
  readonly isFree: () => boolean
  readonly ask: () => Asking
}

function openLine(port: number, next: Requests, fail: (why: string) => void): Asking {
  let isFree = true
  let held = Buffer.alloc(0)
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', (error) => fail(`A change of stock was lost: ${error.message}.`))
  socket.on('close', () => fail('A change of stock was lost: the server closed the connection.'))
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk])
    const length = answerLength(held)
    if (length === undefined || held.length < length) return
    if (statusOf(held) !== created) fail(`A change of stock was answered ${held.toString('utf8').slice(-400)}`)
    held = Buffer.alloc(0)
    isFree = true
  })
  const line: Asking = {
    socket,
    isFree: () => isFree,
    ask() {
      isFree = false
      socket.write(next())
      return line
    },
  }
  return line
}
