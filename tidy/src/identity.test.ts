import { describe, expect, test } from 'vitest'
import { brand } from './brand.ts'
import { code, projectFiles } from './files.ts'
import { environmentComplaints, pinComplaints, scopeComplaints } from './identity.ts'

const manifests = projectFiles(/(^|^[^/]+\/)package\.json$/)

describe('the whole project', () => {
  test('calls its packages and variables by its one name', () => {
    expect(brand.scope).toBe(`@${brand.name}`)
    expect(brand.envPrefix).toBe(`${brand.name.toUpperCase()}_`)
    expect(scopeComplaints(manifests, brand)).toEqual([])
    expect(environmentComplaints(projectFiles(code), brand)).toEqual([])
  })

  test('pins every dependency', () => {
    expect(manifests.length).toBeGreaterThan(5)
    expect(pinComplaints(manifests)).toEqual([])
  })
})

describe('an offender is found', () => {
  const manifest = (path: string, value: object) => [{ path, text: JSON.stringify(value) }]

  test('a package under another name', () => {
    expect(scopeComplaints(manifest('web/package.json', { name: '@other/web' }), brand)).toHaveLength(1)
    expect(scopeComplaints(manifest('package.json', { name: 'other' }), brand)).toHaveLength(1)
  })

  test.each(['^1.2.3', '~1.2.3', '*', 'latest', '1.x', '>=1.0.0'])('a dependency on %s', (version) => {
    expect(pinComplaints(manifest('web/package.json', { devDependencies: { a: version } }))).toHaveLength(1)
  })

  test('a variable without the prefix', () => {
    const read = (name: string) => environmentComplaints([{ path: 'a.ts', text: `process.env.${name}` }], brand)
    expect(read('OTHER_DATA')).toHaveLength(1)
    expect(read(`${brand.envPrefix}DATA`)).toEqual([])
    expect(read('DATABASE_URL')).toEqual([])
  })
})
