import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { returnPath } from './return-path.ts'

describe('where one goes on after a sign-in', () => {
  test('is the path that was asked for, with its search', () => {
    expect(returnPath('/?q=margaux&channel=web#wines')).toBe('/?q=margaux&channel=web#wines')
    expect(returnPath('/docs')).toBe('/docs')
  })

  test.each([
    ['nothing', undefined],
    ['an address', 'https://evil.example/'],
    ['an address without its scheme', '//evil.example'],
    ['the same with a backslash', '/\\evil.example'],
    ['the same with two', '\\\\evil.example'],
    ['a line break that browsers drop', '/\r\n/evil.example'],
    ['a tab that browsers drop', '/\t/evil.example'],
    ['a way up that leaves two slashes', '/.//evil.example'],
    ['another way up', '/a/..//evil.example'],
    ['a script', 'javascript:alert(1)'],
    ['a path without its slash', 'docs'],
    ['a step of the sign-in itself', '/session/sign-in?return=/'],
    ['the issuer', '/oidc/auth'],
    ['no end', `/${'a'.repeat(3_000)}`],
  ])('is the front page for %s', (_what, asked) => {
    expect(returnPath(asked)).toBe('/')
  })

  test('stays here whatever is asked', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '//',
      '\r',
      '\n',
      '\t',
      '@',
      ':',
      'evil.example',
      '%0d%0a',
      '%2f',
      '?',
      '#',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const path = returnPath(`/${parts.join('')}`)
        expect(new URL(path, 'https://cellar.example').origin).toBe('https://cellar.example')
        expect(path).toMatch(/^\/(?![/\\])[^\r\n]*$/)
      }),
      { numRuns: 2_000 },
    )
  })
})
