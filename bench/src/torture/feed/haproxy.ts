import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, type ServerNode } from '../server-node.ts'

/** HAProxy as the docs set it up, before two servers. */
export interface Balancer {
  readonly url: string
  stop(): Promise<void>
}

const example = fileURLToPath(new URL('../../../../docs/haproxy.cfg', import.meta.url))
const UP_WITHIN_MS = 15_000

/** Starts HAProxy with the file of the docs, where only the addresses are others. */
export async function startBalancer(program: string, [a, b]: readonly [ServerNode, ServerNode]): Promise<Balancer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'cellarhand-haproxy-'))
  const file = join(folder, 'haproxy.cfg')
  const addresses = [
    ['bind :8080', `bind 127.0.0.1:${port}`],
    ['server a 127.0.0.1:7000', `server a ${new URL(a.url).host}`],
    ['server b 127.0.0.1:7001', `server b ${new URL(b.url).host}`],
  ] as const
  writeFileSync(file, addresses.reduce(replaceOnce, readFileSync(example, 'utf8')))
  const child = spawn(program, ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilUp(url, child)
  } catch (error) {
    await stop()
    throw new Error(`HAProxy did not come up:\n${said.join('')}`, { cause: error })
  }
  return { url, stop }
}

function replaceOnce(text: string, [from, to]: readonly [string, string]): string {
  if (text.split(from).length !== 2) throw new Error(`the example has no line "${from}", or more than one`)
  return text.replace(from, to)
}

async function untilUp(url: string, child: ChildProcess): Promise<void> {
  const endsAt = performance.now() + UP_WITHIN_MS
  while (child.exitCode === null && performance.now() < endsAt) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(50)
  }
  throw new Error(`it ended with ${child.exitCode}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
