import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '../../src/platform/must.ts'

/** Somebody who asks: a name, and the header that shows who they are. */
export interface Identity {
  readonly name: string
  readonly header: readonly [name: string, value: string]
}

/** What is asked of whom. */
export interface FuzzOptions {
  readonly url: string
  /** Whoever asks. Of two and more none may see what is another's. */
  readonly identities: readonly Identity[]
  /** How long to go on, in s; or how many requests to make up for each operation and phase, however long that takes. */
  readonly until: { readonly seconds: number } | { readonly examples: number }
  readonly seed: number
  /** Only these operations; all without them. */
  readonly only?: readonly string[]
}

/** What came of a run. */
export interface Fuzzed {
  /** 0: nothing was found */
  readonly code: number
  readonly output: string
  /** requests that were made up and sent */
  readonly cases: number
  /** operations that were asked for */
  readonly operations: number
  /** what was found, by its code and where, such as `ST101 GET /v1/channels` */
  readonly found: readonly string[]
}

const program = () => must(process.env['CELLARHAND_TEST_SCHEMATHESIS'], 'CELLARHAND_TEST_SCHEMATHESIS')
const settings = new URL('schemathesis.toml', import.meta.url)

/** Holds a running server to its document with Schemathesis, all phases and all checks. */
export async function fuzz(options: FuzzOptions): Promise<Fuzzed> {
  const folder = await mkdtemp(join(tmpdir(), 'cellarhand-fuzz-'))
  try {
    await writeFile(join(folder, 'settings.toml'), await settingsFor(folder, options))
    const { code, output } = await run(folder, options)
    return {
      code,
      output,
      cases: Number(/(\d+) generated/.exec(output)?.[1] ?? 0),
      operations: Number(/Tested: (\d+)/.exec(output)?.[1] ?? 0),
      found: foundIn(output),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What is told of under the operation it was found at: a line between lines, then the cases with their codes. */
function foundIn(output: string): string[] {
  const [, told = ''] = output.split(/^=+ FAILURES =+$/m)
  const parts = told.split(/^_{3,} (.+) _{3,}$/m)
  const found = new Set<string>()
  for (let at = 1; at < parts.length; at += 2) {
    for (const [, code] of (parts[at + 1] ?? '').matchAll(/^- (ST\d+) /gm)) found.add(`${code} ${parts[at]}`)
  }
  return [...found].toSorted()
}

/** The settings, with who asks: as peers, of whom none may read what is another's. */
async function settingsFor(folder: string, { identities }: FuzzOptions): Promise<string> {
  const text = await readFile(settings, 'utf8')
  if (identities.length < 2) return text
  const auth = identities.map(({ name, header: [header, value] }) => ({
    name,
    fixedHeaders: [{ name: header, value }],
  }))
  await writeFile(join(folder, 'who.json'), JSON.stringify({ auth }))
  const peers = JSON.stringify(identities.map(({ name }) => name))
  return `${text}\n[auth.wfc]\npath = ${JSON.stringify(join(folder, 'who.json'))}\npeers = ${peers}\n`
}

function run(folder: string, { url, identities, until, seed, only = [] }: FuzzOptions) {
  const [alone] = identities.length === 1 ? identities : []
  const args = [
    '--config-file=settings.toml',
    'run',
    `${url}/v1/openapi.json`,
    '--no-color',
    '--checks=all',
    `--seed=${seed}`,
    'seconds' in until ? `--max-time=${until.seconds}` : `--max-examples=${until.examples}`,
    ...(alone ? ['--header', alone.header.join(': ')] : []),
    ...only.flatMap((id) => ['--include-operation-id', id]),
  ]
  return new Promise<{ code: number; output: string }>((resolve, reject) => {
    // Its output is read by its words, in whatever language the machine speaks; and a terminal is not there.
    const env = { ...process.env, COLUMNS: '200', PYTHONIOENCODING: 'utf-8', LC_ALL: 'C.UTF-8' }
    const child = spawn(program(), args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const take = (text: string) => void (output += text)
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
