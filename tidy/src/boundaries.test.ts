import { describe, expect, test } from 'vitest'
import { brand } from './brand.ts'
import { boundaryComplaints, homelessComplaints } from './boundaries.ts'
import { code, projectFiles, projectPaths } from './files.ts'
import { published } from './published.ts'

const packaged = /^(protocol|client|server|web|examples|bench|tidy)\//

describe('the boundaries between packages and modules', () => {
  test('hold in the whole project', () => {
    const files = projectFiles(code).filter((file) => packaged.test(file.path))
    expect(boundaryComplaints(files, { scope: brand.scope, vocabulary: published.vocabulary })).toEqual([])
    expect(homelessComplaints(projectPaths())).toEqual([])
  })

  const rules = { scope: '@cellarhand', vocabulary: { 'server/src/log/changes.ts': 'why' } }
  const importing = (path: string, specifier: string) =>
    boundaryComplaints([{ path, text: `import { x } from '${specifier}'` }], rules)

  test.each([
    ['protocol/src/a.ts', '@cellarhand/server/x'],
    ['web/src/a.ts', '@cellarhand/server/x'],
    ['server/src/stock/stock.ts', '@cellarhand/client/x'],
    ['client/src/client.ts', '../../server/test/server.ts'],
    ['bench/src/a.ts', '../../server/src/stock/stock.ts'],
    ['server/src/platform/log.ts', '../stock/stock.ts'],
    ['server/src/feed/feed.ts', '../stock/core/decide.ts'],
    ['server/src/gateway/rest/holds.ts', '../../stock/batcher.ts'],
    ['server/src/roles/serve.ts', '../stock/batcher.ts'],
    ['server/src/stock/stock.ts', '../roles/serve.ts'],
    ['server/src/stock/stock.test.ts', '../log/append.ts'],
    ['server/src/stock/stock.ts', '../stray.ts'],
    ['server/src/stock/stock.ts', '@cellarhand/bench/src/witness/witness.ts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(importing(path, specifier)).toHaveLength(1)
  })

  test.each([
    ['server/src/stock/stock.ts', '@cellarhand/protocol/stock'],
    ['server/src/stock/batcher.ts', './core/decide.ts'],
    ['server/src/stock/core/decide.ts', '../../platform/assert.ts'],
    ['server/src/feed/feed.ts', '../log/log.ts'],
    ['server/src/roles/serve.ts', '../gateway/rest/rest.ts'],
    ['server/src/stock/stock.pg.test.ts', '../../test/cellar.ts'],
    ['server/test/cellar.ts', '../src/stock/stock.ts'],
    ['server/test/sim/judge.ts', '@cellarhand/bench/src/witness/witness.ts'],
    ['web/e2e/page.test.ts', '../../server/test/server.ts'],
    ['client/test/contract.pg.test.ts', '../../server/test/server.ts'],
    ['web/src/main.tsx', 'react'],
  ])('%s may import %s', (path, specifier) => {
    expect(importing(path, specifier)).toEqual([])
  })

  test('see types, re-exports and dynamic imports as well', () => {
    const text = `import type { A } from '@cellarhand/server/a'
      export { b } from '@cellarhand/server/b'
      export const c = () => import('@cellarhand/server/c')`
    expect(boundaryComplaints([{ path: 'web/src/a.ts', text }], rules)).toHaveLength(3)
  })

  test('let the types of a published vocabulary through, and nothing else of it', () => {
    const path = 'server/src/stock/core/plan.ts'
    const types = `import type { Changes } from '../../log/changes.ts'`
    expect(boundaryComplaints([{ path, text: types }], rules)).toEqual([])
    expect(boundaryComplaints([{ path, text: types }], { ...rules, vocabulary: {} })).toHaveLength(1)
    expect(importing(path, '../../log/changes.ts')).toHaveLength(1)
  })

  test('name a file of the server that stands in no module', () => {
    expect(homelessComplaints(['server/src/stray.ts', 'server/src/stock/stock.ts'])).toHaveLength(1)
  })
})
