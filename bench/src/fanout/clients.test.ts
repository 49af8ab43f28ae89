import { expect, test } from 'vitest'
import { refuseTooMany } from './clients.ts'

const limits = (hard: number | string) =>
  `Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 ${hard}                files\n`

test('more lines than a process may have files are refused, with what to do', () => {
  expect(() => refuseTooMany(10_000, limits(4_096))).toThrow(
    '10,000 connections need 10,200 open files a process, and here are 4,096 at most: raise that (`ulimit -Hn 10200`',
  )
})

test('files that a process has open beside its lines are counted', () => {
  expect(() => refuseTooMany(10_000, limits(10_100))).toThrow('10,200 open files')
})

test.each([limits(10_200), limits('unlimited'), undefined])('%j lets ten thousand be', (text) => {
  expect(() => refuseTooMany(10_000, text ?? '')).not.toThrow()
})
