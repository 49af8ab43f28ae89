import { describe, expect, test } from 'vitest'
import { projectFiles, projectPaths } from './files.ts'
import { linkComplaints } from './links.ts'

describe('links between pages', () => {
  test('lead somewhere, in the whole project', () => {
    expect(linkComplaints(projectFiles(/\.md$/), projectPaths())).toEqual([])
  })

  const complaints = (text: string) =>
    linkComplaints(
      [
        { path: 'docs/a.md', text },
        { path: 'docs/b.md', text: '# What it is\n\n## Twice\n\n## Twice\n' },
      ],
      ['docs/a.md', 'docs/b.md', 'docs/pictures/c.svg', 'README.md'],
    )

  test.each([
    '[x](missing.md)',
    '![x](pictures/missing.svg)',
    '[x](../docs/missing.md#a)',
    '[x]: missing.md',
    '<img src="missing.png">',
    '[x](b.md#no-such-heading)',
    '[x](#no-such-heading)',
    '[x](../../outside.md)',
  ])('%s is found broken', (text) => {
    expect(complaints(text)).toHaveLength(1)
  })

  test.each([
    '[x](b.md)',
    '[x](b.md#what-it-is)',
    '[x](b.md#twice-1)',
    '![x](pictures/c.svg "title")',
    '[x](pictures/)',
    '[x](../README.md)',
    '[x](https://example.com/missing.md)',
    '`[x](missing.md)`',
    '```\n[x](missing.md)\n```',
  ])('%s is fine', (text) => {
    expect(complaints(text)).toEqual([])
  })
})
