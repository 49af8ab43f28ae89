import { posix } from 'node:path'
import type { SourceFile } from './files.ts'

/** A page's text without its code, where brackets mean something else. */
function withoutCode(text: string): string {
  return text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '')
}

/** The targets of a page's links and pictures: inline, by reference, and in HTML. */
function targetsOf(text: string): string[] {
  const page = withoutCode(text)
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+["'][^)]*)?\)/g,
    /^\[[^\]]+\]:\s*(\S+)/gm,
    /<(?:a|img|source)\s[^>]*?(?:href|src|srcset)="([^"]+)"/g,
  ]
  return patterns.flatMap((pattern) => [...page.matchAll(pattern)].map((match) => match[1] ?? ''))
}

/** The anchors that a page's headings give, by GitHub's rule: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)
  const seen = new Map<string, number>()
  const slugs = [...headings].map((match) => {
    const plain = (match[1] ?? '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
  return new Set(slugs)
}

/** Where a link leads from a page, from the project's root; undefined for one that leaves the project. */
function resolve(page: string, target: string): { path: string; anchor: string } | undefined {
  if (/^([a-z][a-z+.-]*:|\/\/)/i.test(target)) return undefined
  const [file = '', anchor = ''] = decodeURIComponent(target).split('#')
  const path = file === '' ? page : posix.normalize(posix.join(posix.dirname(page), file))
  return { path: path.replace(/\/$/, ''), anchor }
}

/** Every relative link of these pages that leads nowhere, as sentences; `paths` are all files of the project. */
export function linkComplaints(pages: readonly SourceFile[], paths: readonly string[]): string[] {
  const places = new Set([
    '.',
    ...paths.flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'))),
  ])
  const anchors = new Map(pages.map((page) => [page.path, anchorsOf(page.text)]))
  return pages.flatMap((page) =>
    targetsOf(page.text).flatMap((target) => {
      const to = resolve(page.path, target)
      if (!to) return []
      if (!places.has(to.path)) return [`${page.path} links to ${target}, which is not there`]
      const known = anchors.get(to.path)
      const misses = to.anchor !== '' && known !== undefined && !known.has(to.anchor)
      return misses ? [`${page.path} links to ${target}, and ${to.path} has no such heading`] : []
    }),
  )
}
