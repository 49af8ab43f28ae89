import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './files.ts'

type Machine = {
  version: string
  least: string
  platform: string
  arch: string
  musl: boolean
  ownDatabase: boolean
}

// Plain JavaScript of another module system, as an old Node reads it.
const { problemOf } = createRequire(import.meta.url)(join(root, 'scripts', 'lib', 'preflight.cjs')) as {
  problemOf: (machine: Machine) => string | null
}

const fine: Machine = {
  version: '20.19.0',
  least: '20.19',
  platform: 'linux',
  arch: 'x64',
  musl: false,
  ownDatabase: false,
}

describe('the first step of every command', () => {
  test.each<[name: string, machine: Partial<Machine>]>([
    ['the oldest Node that is served', {}],
    ['a newer one', { version: '24.0.0' }],
    ['arm64', { arch: 'arm64' }],
    ['musl with a database of its own', { musl: true, ownDatabase: true }],
    ['another machine with a database of its own', { arch: 'riscv64', ownDatabase: true }],
  ])('lets %s pass', (_, machine) => {
    expect(problemOf({ ...fine, ...machine })).toBeNull()
  })

  test.each<[name: string, machine: Partial<Machine>, advice: string]>([
    ['an old Node', { version: '20.18.9' }, 'nvm install'],
    ['a very old Node', { version: '8.17.0', ownDatabase: true }, 'nvm install'],
    ['Windows', { platform: 'win32', ownDatabase: true }, 'wsl --install'],
    ['musl', { musl: true }, 'DATABASE_URL'],
    ['another machine', { arch: 'ia32' }, 'DATABASE_URL'],
  ])('tells %s what to do', (_, machine, advice) => {
    expect(problemOf({ ...fine, ...machine })).toContain(advice)
  })
})
