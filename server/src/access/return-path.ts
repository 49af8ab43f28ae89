/** Ways that one does not come back to from a sign-in: they are steps of it. */
const steps = /^\/(session|sign-in|oidc)(\/|$)/
/** Longer than any address that the page makes. */
const PATH_CHARS_MAX = 2_000

/**
 * Where one goes on after a sign-in, as the link to it has asked: a path of this server, and of no other, however it is spelt. Read as a browser reads it, which drops control characters
 * and takes `\` for `/`. What is none is the front page.
 */
export function returnPath(asked: string | undefined): string {
  const own = 'http://own.invalid'
  if (asked === undefined || !asked.startsWith('/') || asked.length > PATH_CHARS_MAX) return '/'
  if (!URL.canParse(asked, own)) return '/'
  const { origin, pathname, search, hash } = new URL(asked, own)
  if (origin !== own || pathname.startsWith('//') || steps.test(pathname)) return '/'
  return `${pathname}${search}${hash}`
}
