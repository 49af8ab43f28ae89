import { describe, expect, test } from 'vitest'
import { code, projectFiles, projectPaths, type SourceFile } from './files.ts'
import {
  barrelComplaints,
  clockComplaints,
  defaultExportComplaints,
  folderComplaints,
  oldNodeComplaints,
  secretComplaints,
  skipComplaints,
} from './habits.ts'

const files = projectFiles(code)

describe('the whole project', () => {
  test.each([
    ['exports by name', defaultExportComplaints],
    ['has no barrels', barrelComplaints],
    ['asks no clock in the pure core', clockComplaints],
    ['greets an old Node in words that it understands', oldNodeComplaints],
    ['compares no secret as a text (probe 25)', secretComplaints],
    ['leaves out no test without a reason', skipComplaints],
  ])('%s', (_, complaints) => {
    expect(complaints(files)).toEqual([])
  })

  test('names folders after what is in them', () => {
    expect(folderComplaints(projectPaths())).toEqual([])
  })
})

type Rule = (files: readonly SourceFile[]) => string[]

describe('an offender is found', () => {
  test.each<[name: string, rule: Rule, path: string, text: string]>([
    ['a default export', defaultExportComplaints, 'a.ts', 'export default function a() {}'],
    ['a barrel', barrelComplaints, 'a.ts', "export * from './b.ts'\nexport { c } from './c.ts'"],
    ['a barrel of types', barrelComplaints, 'a.ts', "export type { C } from './c.ts'"],
    ['a door that passes on everything', barrelComplaints, 'server/src/log/log.ts', "export * from './follow.ts'"],
    ['the time in the core', clockComplaints, 'server/src/stock/core/a.ts', 'const at = new Date()'],
    ['an arrow for an old Node', oldNodeComplaints, 'scripts/a.cjs', 'var a = () => 1'],
    ['a const for an old Node', oldNodeComplaints, 'scripts/lib/preflight.cjs', 'const a = 1'],
    ['optional chaining for an old Node', oldNodeComplaints, 'scripts/a.cjs', 'var a = b?.c'],
    ['?? for an old Node', oldNodeComplaints, 'scripts/a.cjs', 'var a = b ?? c'],
    ['async for an old Node', oldNodeComplaints, 'scripts/a.cjs', 'async function a() {}'],
    ['catch without a name for an old Node', oldNodeComplaints, 'scripts/a.cjs', 'try { a() } catch { b() }'],
    ['a secret that is compared', secretComplaints, 'server/src/access/a.ts', 'if (row.hash === hashOf(key)) a()'],
    ['a token that is compared', secretComplaints, 'server/src/access/a.ts', 'const is = shown != kept.token'],
    ['.only', skipComplaints, 'a.test.ts', "test.only('a', () => {})"],
    ['.skip without a reason', skipComplaints, 'a.test.ts', "describe.skip('a', () => {})"],
    ['.skipIf without a reason', skipComplaints, 'a.test.ts', "it.skipIf(true)('a', () => {})"],
  ])('%s', (_, rule, path, text) => {
    expect(rule([{ path, text }])).toHaveLength(1)
  })

  test('a folder that says nothing', () => {
    expect(folderComplaints(['server/src/utils/a.ts', 'web/src/common/x/b.ts'])).toHaveLength(2)
  })
})

describe('what is fine stays unmentioned', () => {
  test.each<[name: string, rule: Rule, path: string, text: string]>([
    [
      'a door with a re-export and code of its own',
      barrelComplaints,
      'a.ts',
      "export { b } from './b.ts'\nexport const c = 1",
    ],
    ['a door that names what it offers', barrelComplaints, 'server/src/log/log.ts', "export { a } from './follow.ts'"],
    ['a date from a number in the core', clockComplaints, 'server/src/stock/core/a.ts', 'const at = new Date(ms)'],
    ['the time outside the core', clockComplaints, 'server/src/feed/feed.ts', 'const at = new Date()'],
    ['old words', oldNodeComplaints, 'scripts/a.cjs', "var a = require('b')\ntry { a() } catch (e) { throw e }"],
    ['modern parts', oldNodeComplaints, 'scripts/lib/run.cjs', 'const a = () => b?.c'],
    ['.skip with a reason', skipComplaints, 'a.test.ts', "// Alpine has no locales.\ntest.skip('a', () => {})"],
    ['the configuration of a tool', defaultExportComplaints, 'web/vite.config.ts', 'export default {}'],
  ])('%s', (_, rule, path, text) => {
    expect(rule([{ path, text }])).toEqual([])
  })
})
