import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { curlText } from '../src/gateway/rest/docs-curl.ts'
import { examples } from '../src/gateway/rest/docs-examples.ts'
import { keyOn } from './access.ts'
import { startServer, type TestServer } from './server.ts'

const run = promisify(execFile)
const pathOf = (name: string) => new URL(`../../${name}`, import.meta.url)

let server: TestServer
let token: string

beforeAll(async () => {
  server = await startServer({ starter: true, env: { CELLARHAND_AUTH: 'on', CELLARHAND_COUNTRY: 'DE' } })
  token = await keyOn(server.databaseUrl, 'admin')
}, 120_000)
afterAll(() => server?.stop())

/** Runs commands as somebody who copied them would, and gives what they printed. A stream is left after a moment. */
async function shell(text: string): Promise<string> {
  const commands = text.replaceAll('curl -N', 'timeout 3 curl -N').replaceAll('curl -sN', 'timeout 6 curl -sN')
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TOKEN: token }
  const { stdout } = await run('bash', ['-c', `${commands}\n[ $? = 0 -o $? = 124 -o $? = 28 ]`], {
    env,
    timeout: 60_000,
  })
  return stdout
}

/** The status of the last answer that a command printed with its head. */
const statusIn = (printed: string): number => Number([...printed.matchAll(/^HTTP\/[\d.]+ (\d{3})/gm)].at(-1)?.[1] ?? 0)

/** Examples that are answered otherwise on purpose: what they show is somebody's own. */
const otherwise: Readonly<Record<string, number>> = { changePassword: 403 }

const streams = Object.entries(examples).filter(([, { streams: isStream }]) => isStream === true)
const others = Object.entries(examples).filter(([, { streams: isStream }]) => isStream !== true)

describe('an example of the API’s page', () => {
  test.each(others)('%s runs as it stands', async (name, example) => {
    const printed = await shell(curlText(example, server.url))
    const status = statusIn(printed)
    const isFine = status === (otherwise[name] ?? status) && (status < 300 || name in otherwise) && status >= 200
    expect(isFine ? '' : printed.slice(-600)).toBe('')
  })

  test.each(streams)('%s streams as it stands', async (_name, example) => {
    expect(await shell(curlText(example, server.url))).not.toBe('')
  })
})

/** What a page has of commands that ask the server: a block a script. Blocks with gaps to fill in are for people. */
function blocksOf(page: string): string[] {
  const text = readFileSync(pathOf(page), 'utf8')
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language = '', block = '']) =>
    ['', 'sh', 'bash'].includes(language) ? [block] : [],
  )
  return blocks
    .map((block) => block.replace(/^TOKEN=\$\(npm .*\n/m, '').replaceAll('http://127.0.0.1:7000', server.url))
    .map((block) => block.replaceAll(/^npm run cellarhand .*\n/gm, ''))
    .filter((block) => /^(curl|\w+=)/.test(block) && block.includes(`${server.url}/`))
    .filter((block) => !/…|\$CLIENT|k3v9x2ab|npm /.test(block))
}

describe.each(['README.md', 'docs/reports.md', 'docs/accounts.md', 'docs/graphql.md'])('%s', (page) => {
  test('has commands that run as they stand', async () => {
    const blocks = blocksOf(page)
    expect(blocks.length).toBeGreaterThan(0)
    // What one block finds out another may use.
    const printed = await shell(blocks.join('\n'))
    expect(printed).not.toMatch(/cellarhand\.dev\/problems|"errors":\[|^HTTP\/1\.1 [45]/m)
    expect(printed).not.toBe('')
  }, 120_000)
})
