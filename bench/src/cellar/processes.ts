import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A port of this machine that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until a condition holds; false when it did not within the bound. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs: number, everyMs = 20): Promise<boolean> {
  const endMs = performance.now() + withinMs
  for (;;) {
    if (await holds()) return true
    if (performance.now() > endMs) return false
    await sleep(everyMs)
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** A process and its children. Only itself where there is no /proc. */
export function familyOf(pid: number): number[] {
  const pids = readNumbers('/proc')
  return [pid, ...pids.filter((one) => fieldsOf(one)?.[1] === String(pid))]
}

function readNumbers(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

/** The fields of /proc/PID/stat behind the name, which may hold spaces itself: state, parent, … */
function fieldsOf(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Linux counts processor time in hundredths of a second, on every machine that Node runs on. */
const tickMs = 10
const userTimeField = 11

/** Processor time that processes have used so far, milliseconds; undefined where there is no /proc. */
export function cpuMsOf(pids: readonly number[]): number | undefined {
  const ticks = pids.map((pid) => {
    const fields = fieldsOf(pid)
    return fields && Number(fields[userTimeField]) + Number(fields[userTimeField + 1])
  })
  if (ticks[0] === undefined) return undefined
  return ticks.reduce<number>((sum, one) => sum + (one ?? 0), 0) * tickMs
}

/** Processor time that a process has used so far in all its threads, milliseconds to the microsecond; in hundredths of a second where the kernel does not count finer. */
export function preciseCpuMsOf(pid: number): number | undefined {
  const threads = readNumbers(`/proc/${pid}/task`).map((thread) =>
    read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ', 1).map(Number),
  )
  const nanoseconds = threads.reduce((sum, [thread] = [0]) => sum + (thread ?? 0), 0)
  return nanoseconds > 0 ? nanoseconds / 1_000_000 : cpuMsOf([pid])
}

function kibOf(text: string | undefined, name: string): number | undefined {
  const match = text && new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)
  return match ? Number(match[1]) : undefined
}

/** Memory of a process that is in RAM, MiB; undefined where there is no /proc. */
export function residentMib(pid: number): number | undefined {
  const kib = kibOf(read(`/proc/${pid}/status`), 'VmRSS')
  return kib === undefined ? undefined : kib / 1_024
}

/** The most memory of a process that was in RAM at once, MiB; undefined where there is no /proc, or the process has ended. */
export function peakMib(pid: number): number | undefined {
  const kib = kibOf(read(`/proc/${pid}/status`), 'VmHWM')
  return kib === undefined ? undefined : kib / 1_024
}

/** Memory of several processes, what they share counted once, MiB. */
export function proportionalMib(pids: readonly number[]): number | undefined {
  const parts = pids.map((pid) => kibOf(read(`/proc/${pid}/smaps_rollup`), 'Pss'))
  if (parts[0] === undefined) return undefined
  return parts.reduce<number>((sum, one) => sum + (one ?? 0), 0) / 1_024
}
