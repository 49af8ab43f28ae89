import { passwordProblem } from '../../access/access.ts'
import { NAME_CHARS_MAX } from './sign-in-pages.ts'

/** Somebody who wants an account, as they have filled in the form. */
export interface Wish {
  readonly name: string
  readonly email: string
  readonly password: string
}

/** A form as it was sent. Of a member that comes twice the first counts. */
export const textOf = (form: URLSearchParams, name: string): string => form.get(name) ?? ''

/** Without what would break a line or move a cursor, in whatever is made of it later. */
const line = (text: string): string => text.normalize('NFC').replaceAll(/\p{C}/gu, '').replaceAll(/\s+/g, ' ').trim()

/** One `@` with something before it and a name behind: whether mail arrives there only a mail can tell. */
const EMAIL = /^[^\s@<>"(),:;\\[\]]{1,64}@[^\s@<>"(),:;\\[\]]{1,188}$/

/** What somebody has written, put in order; and what is wrong with it, by field. */
export function readWish(form: URLSearchParams): {
  readonly wish: Wish
  readonly problems: Readonly<Record<string, string>>
} {
  const wish = {
    name: line(textOf(form, 'name')),
    email: line(textOf(form, 'email')),
    password: textOf(form, 'password'),
  }
  const problems: Record<string, string> = {}
  if (wish.name === '' || wish.name.length > NAME_CHARS_MAX) {
    problems['name'] = `A name has 1 to ${NAME_CHARS_MAX} characters.`
  }
  if (!EMAIL.test(wish.email)) problems['email'] = 'That is no e-mail address.'
  const wrong = passwordProblem(wish.password, aboutOf(wish))
  if (wrong !== undefined) problems['password'] = wrong
  return { wish, problems }
}

/** What a password may not hold: the words of one's name, and one's address up to the `@`. */
export function aboutOf({ name, email = '' }: { readonly name: string; readonly email?: string }): string[] {
  return [...name.split(' '), ...email.split('@').slice(0, 1)]
}
