import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../server/test/server.ts'

const run = promisify(execFile)
const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const compiler = pathOf('../../node_modules/typescript/bin/tsc')

let folder: string
let server: TestServer

/** The package as it would be published, installed in a folder of its own, beside React and nothing else. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cellarhand-package-'))
  const installed = join(folder, 'node_modules', '@cellarhand', 'client')
  mkdirSync(installed, { recursive: true })
  await run(process.execPath, [
    compiler,
    '-p',
    pathOf('..'),
    '--outDir',
    join(installed, 'dist'),
    '--composite',
    'false',
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
  ])
  cpSync(pathOf('../package.json'), join(installed, 'package.json'))
  for (const name of ['react', 'react-dom', 'scheduler', '@types'])
    symlinkSync(pathOf(`../../node_modules/${name}`), join(folder, 'node_modules', name))
  symlinkSync(pathOf('../../protocol'), join(folder, 'node_modules', '@cellarhand', 'protocol'))
  server = await startServer({ starter: true, env: { CELLARHAND_AUTH: 'on' } })
}, 180_000)

afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const runNode = (file: string, ...args: string[]) =>
  run(process.execPath, [file, ...args], { cwd: folder, env: { ...process.env, CELLARHAND_URL: server.url } })

test('all entries are found by their names', async () => {
  writeFileSync(
    join(folder, 'names.mjs'),
    `import * as core from '@cellarhand/client'
     import * as guest from '@cellarhand/client/guest'
     import * as hooks from '@cellarhand/client/react'
     console.log(Object.keys(core).sort().join(' '), '|', Object.keys(guest).join(' '), '|', Object.keys(hooks).sort().join(' '))`,
  )
  const { stdout } = await runNode('names.mjs')
  expect(stdout.trim()).toBe(
    'TooManyTopics createCellarhand | createGuest | CellarhandProvider useCellarhand useConnection useHold useMovements useMutate useOffer useOffers useStock useWineSearch',
  )
})

test('the example in Node runs to its end: a hold is made, kept longer and put back', async () => {
  cpSync(pathOf('../../examples/node.mjs'), join(folder, 'node.mjs'))
  const { stdout } = await runNode('node.mjs', 'TRIMBACH-CFE-2017-75')
  expect(stdout).toMatch(/^TRIMBACH-CFE-2017-75 is live: \d+ available, 0 held$/m)
  expect(stdout).toMatch(/^Connected by (sse|websocket)\.$/m)
  expect(stdout).toMatch(/^TRIMBACH-CFE-2017-75 is live: \d+ available, 2 held$/m)
  expect(stdout.match(/^Held until /gm)).toHaveLength(2)
  expect(stdout).toMatch(/^The hold is released\.$/m)
  expect(stdout.trim().split('\n').at(-1)).toMatch(/is live: \d+ available, 0 held$/)
})

test('the example in Node says what is refused, and ends with an error', async () => {
  const refused = runNode('node.mjs', 'NO-SUCH-SKU')
  await expect(refused).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('The hold: ') })
})
