import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brand } from '@cellarhand/protocol/brand'
import { peakMib } from '../../cellar/processes.ts'
import { databaseOn, embedded, type Place } from '../place.ts'
import { createNode, freePort, runCommand, type Ended } from '../server-node.ts'
import { catalogueCsv, places, type Merchant } from './merchant.ts'
import { patientHolds } from './orders.ts'

/** A database of its own with a server on it, and the tool's commands. */
export interface House {
  readonly name: string
  readonly url: string
  databaseUrl(): string
  start(): Promise<void>
  stop(): Promise<void>
  /** Runs a command of the tool on the database, beside the server or without it. Throws with what it said where it fails. */
  run(...args: string[]): Promise<Ended>
  /** The most memory the server had at once, MiB; 0 while it is down. */
  peakMib(): number
  close(): Promise<void>
}

/** A house with an empty database, whose server is not started. */
export async function openHouse(name: string, postgresUrl: string | undefined): Promise<House> {
  const place: Place = postgresUrl === undefined ? embedded() : await databaseOn(postgresUrl)
  const node = createNode(name, await freePort(), () => ({ ...patientHolds, ...place.first }))
  return {
    name,
    url: node.url,
    databaseUrl: place.databaseUrl,
    start: () => node.start(),
    stop: async () => void (await node.stop()),
    run: (...args) => runTool(args, place.first),
    peakMib: () => Math.round(peakMib(node.pid() ?? 0) ?? 0),
    close: async () => {
      await node.stop()
      await place.clear()
    },
  }
}

/** Of what a command said, as much is shown where it fails. */
const TAIL_CHARS = 2_000

async function runTool(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const ended = await runCommand(args, env)
  if (ended.code === 0) return ended
  throw new Error(`\`${args.join(' ')}\` ended with ${ended.code}:\n${ended.output.slice(-TAIL_CHARS)}`)
}

/** Makes the merchant's places, wines and prices, as a person would. */
export async function furnish(house: House, merchant: Merchant, folder: string): Promise<void> {
  for (const commands of places) await Promise.all(commands.map((command) => house.run(...command)))
  const file = join(folder, `${house.name}.csv`)
  writeFileSync(file, catalogueCsv(merchant))
  await house.run('import', 'catalogue', file)
}

/** A folder for files of a run, which goes when the process ends if nobody clears it before. */
export function openFolder(): { readonly path: string; clear(): void } {
  const path = mkdtempSync(join(tmpdir(), `${brand.name}-torture-`))
  const clear = () => rmSync(path, { recursive: true, force: true })
  process.once('exit', clear)
  return {
    path,
    clear: () => {
      process.off('exit', clear)
      clear()
    },
  }
}
