import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectPaths, root } from './files.ts'
import { lockComplaints, servedPackages, versionComplaints, type Lock, type Manifest } from './supply.ts'

const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))
const lock = (read('package-lock.json') as { packages: Lock }).packages

describe('probe 35: what comes from elsewhere', () => {
  test('is locked by its content, and comes from the registry alone', () => {
    expect(lockComplaints(lock)).toEqual([])
  })

  test('is named by one version', () => {
    const manifests = projectPaths().filter((path) => /(^|\/)package\.json$/.test(path))
    expect(manifests.flatMap((path) => versionComplaints(path, read(path) as Manifest))).toEqual([])
  })

  test('runs no script when it is installed', () => {
    const installing = readFileSync(join(root, 'scripts/lib/install.cjs'), 'utf8')
    expect(installing).toContain("npmFlags = ['--ignore-scripts'")
  })

  test('is all in the bill of materials that npm run sbom prints, each with its digest', () => {
    const text = execFileSync('npm', ['run', '--silent', 'sbom'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const bill = JSON.parse(text) as {
      readonly bomFormat: string
      readonly components: readonly { purl: string; name: string; version: string; hashes?: readonly unknown[] }[]
    }
    expect(bill.bomFormat).toBe('CycloneDX')
    const listed = new Set(
      bill.components.filter(({ hashes }) => hashes?.length).map((one) => `${one.name}@${one.version}`),
    )
    expect(servedPackages(lock).length).toBeGreaterThan(100)
    expect(servedPackages(lock).filter((name) => !listed.has(name))).toEqual([])
  })
})

describe('an offender is found', () => {
  const fine = { version: '1.0.0', integrity: `sha512-${'a'.repeat(86)}==` }

  test.each<[name: string, locked: object]>([
    ['without a digest', { version: '1.0.0' }],
    ['with a weak one', { ...fine, integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }],
    ['from a repository', { ...fine, resolved: 'git+ssh://git@github.com/a/b.git#1' }],
    ['from another registry', { ...fine, resolved: 'https://registry.npmjs.org.evil.example/a.tgz' }],
    ['of no version', { ...fine, version: 'latest' }],
  ])('%s', (_, locked) => {
    expect(lockComplaints({ 'node_modules/a': fine, 'node_modules/b': locked })).toHaveLength(1)
  })

  test.each(['^1.0.0', '~1.0.0', '*', 'latest', 'github:a/b', 'http://x/a.tgz', '1.x'])(
    '%s as a version',
    (version) => {
      expect(versionComplaints('package.json', { dependencies: { a: version, b: '1.0.0' } })).toHaveLength(1)
    },
  )
})
