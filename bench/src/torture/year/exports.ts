import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'

/** What has to differ: a restored log has an epoch of its own, and the two were not exported at one instant. */
const MAY_DIFFER = ['epoch', 'at']
const MANIFEST = 'manifest.json'

/** What two exported folders differ in, as sentences: every file has to be the same to the byte, and the manifest but for its epoch and time. */
export async function exportDifferences(a: string, b: string): Promise<string[]> {
  const [ours, theirs] = [readdirSync(a), readdirSync(b)]
  const found: string[] = []
  for (const file of new Set([...ours, ...theirs])) {
    if (!ours.includes(file) || !theirs.includes(file)) {
      found.push(`${file} is in one export only.`)
    } else if (file === MANIFEST) {
      if (manifestOf(a) !== manifestOf(b))
        found.push(`${MANIFEST} differs in more than its ${MAY_DIFFER.join(' and ')}.`)
    } else if ((await digestOf(join(a, file))) !== (await digestOf(join(b, file)))) {
      found.push(`${file}: ${await firstDifference(join(a, file), join(b, file))}`)
    }
  }
  return found
}

/** Files that an export has beside its manifest, and rows in all of them. */
export function exportedFiles(folder: string): { files: number; rows: number } {
  const { files } = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as { files: { rows: number }[] }
  return { files: files.length, rows: files.reduce((sum, { rows }) => sum + rows, 0) }
}

function manifestOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Record<string, unknown>
  return JSON.stringify(Object.entries(manifest).filter(([name]) => !MAY_DIFFER.includes(name)))
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** As much of a line is shown. */
const LINE_CHARS = 300

async function firstDifference(a: string, b: string): Promise<string> {
  const [ours, theirs] = [linesOf(a), linesOf(b)]
  for (let line = 1; ; line += 1) {
    const [one, other] = [await ours.next(), await theirs.next()]
    if (one.value === other.value && !one.done) continue
    const shown = [one, other].map(({ value }) => (value === undefined ? 'nothing' : value.slice(0, LINE_CHARS)))
    return `line ${line} is ${shown[0]} in one, and ${shown[1]} in the other.`
  }
}

async function* linesOf(path: string): AsyncGenerator<string, undefined> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) yield line
  return undefined
}
