import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import { codeOf, SetupError } from '../setup-error.ts'

/** How long the holder of the lock has to say who it is. */
const answerWithinMs = 500

/**
 * Takes a data folder for this process alone, so that two starts at once cannot both set it up. The lock is a local socket that answers with its
 * owner's process id: the system lets go of it in the moment its owner dies, however that happens, so it is never stale.
 *
 * @returns how to let go of it
 */
export async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  const address = addressOf(dataDir)
  for (const attempt of [1, 2]) {
    try {
      const server = await listen(address)
      return () => new Promise((resolve) => server.close(() => resolve()))
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error
    }
    const owner = await ask(address)
    if (owner === undefined && attempt === 1 && !address.startsWith('\0')) rmSync(address, { force: true })
    else throw inUse(dataDir, owner)
  }
  throw inUse(dataDir, undefined)
}

/** The process id of whoever has the folder locked, if anyone has and says so. */
export const lockOwner = (dataDir: string): Promise<string | undefined> => ask(addressOf(dataDir))

function inUse(dataDir: string, owner: string | undefined): SetupError {
  const who = owner ? ` (process ${owner})` : ''
  return new SetupError(
    `${brand.title} already runs on ${dataDir}${who}: use that one, stop it first, or start this one on another folder with ${brand.envPrefix}DATA=/some/folder and another PORT.`,
  )
}

/** Linux has socket names that live in no file. Elsewhere it is a file, whose socket refuses connections once its owner is gone. */
function addressOf(dataDir: string): string {
  const name = `${brand.name}-${createHash('sha256').update(dataDir).digest('hex').slice(0, 24)}`
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
}

function listen(address: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.unref()
      resolve(server)
    })
  })
}

function ask(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address)
    let text = ''
    const finish = () => {
      socket.destroy()
      resolve(/^\d+$/.test(text) ? text : undefined)
    }
    socket.setTimeout(answerWithinMs, finish)
    socket.on('data', (chunk) => (text += chunk.toString('utf8')))
    socket.on('error', finish)
    socket.on('close', finish)
  })
}
