import { PASSWORD_CHARS, type IssuerPage, type SignInAsked } from '../../access/access.ts'
import { html, type Html } from '../rest/docs-html.ts'
import { accountPage } from './account-pages.ts'

/** What was typed into a form, and what is wrong with it. */
export interface Filled {
  readonly email?: string
  readonly name?: string
  /** what is wrong with all of it, in a sentence */
  readonly problem?: string | undefined
  /** what is wrong with a field, by its name */
  readonly problems?: Readonly<Record<string, string>>
}

interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'email' | 'password' | 'text'
  readonly autocomplete: string
  readonly note?: string
  readonly value?: string | undefined
  readonly most: number
}

const EMAIL_CHARS_MAX = 254
export const NAME_CHARS_MAX = 120

const emailField = (value: string | undefined): Field => ({
  name: 'email',
  label: 'E-mail address',
  type: 'email',
  autocomplete: 'username',
  value,
  most: EMAIL_CHARS_MAX,
})

const passwordNote = `At least ${PASSWORD_CHARS.least} characters; a sentence is a good one.`

const newPasswordField: Field = {
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
  note: passwordNote,
  most: PASSWORD_CHARS.most,
}

/** The page to sign in on. */
export function signInPage(asked: SignInAsked, filled: Filled, door: { readonly signUp: boolean }): IssuerPage {
  const fields: Field[] = [
    emailField(filled.email ?? asked.hint),
    {
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'current-password',
      most: PASSWORD_CHARS.most,
    },
  ]
  const body = html`<h1>Sign in</h1>
    ${asked.client === 'Cellarhand' ? undefined : html`<p class="quiet">To go on to ${asked.client}.</p>`}
    ${formOf({ action: `/sign-in/${asked.uid}`, button: 'Sign in', fields }, filled)}
    ${
      door.signUp
        ? html`<p class="next">No account yet? <a href="/sign-in/${asked.uid}/account">Create one</a></p>`
        : undefined
    }`
  return accountPage('Sign in', body, asked.redirectUri)
}

/** The page to make an account on. */
export function signUpPage(asked: SignInAsked, filled: Filled): IssuerPage {
  const fields: Field[] = [
    { name: 'name', label: 'Your name', type: 'text', autocomplete: 'name', value: filled.name, most: NAME_CHARS_MAX },
    emailField(filled.email ?? asked.hint),
    { ...newPasswordField, label: 'Password' },
  ]
  const body = html`<h1>Create an account</h1>
    <p class="quiet">To find your holds and orders again, on any device.</p>
    ${formOf({ action: `/sign-in/${asked.uid}/account`, button: 'Create the account', fields }, filled)}
    <p class="next">Have one already? <a href="/sign-in/${asked.uid}">Sign in</a></p>`
  return accountPage('Create an account', body, asked.redirectUri)
}

/** The page on which a password that was to be used once becomes another. */
export function newPasswordPage(asked: SignInAsked, filled: Filled): IssuerPage {
  const body = html`<h1>Choose a password</h1>
    <p>The one that you have used was for one time. From now on this one counts.</p>
    ${formOf({ action: `/sign-in/${asked.uid}`, button: 'Keep it and go on', fields: [newPasswordField] }, filled)}`
  return accountPage('Choose a password', body, asked.redirectUri)
}

interface Form {
  readonly action: string
  readonly button: string
  readonly fields: readonly Field[]
}

function formOf({ action, button, fields }: Form, { problem, problems = {} }: Filled): Html {
  return html`${problem === undefined ? undefined : html`<p class="alert" role="alert">${problem}</p>`}
    <form method="post" action="${action}">
      ${fields.map((field) => fieldOf(field, problems[field.name]))}
      <button type="submit">${button}</button>
    </form>`
}

function fieldOf({ name, label, type, autocomplete, note, value, most }: Field, wrong: string | undefined): Html {
  const about = [note === undefined ? '' : `${name}-note`, wrong === undefined ? '' : `${name}-wrong`].join(' ').trim()
  return html`<div>
    <label for="${name}">${label}</label>
    ${note === undefined ? undefined : html`<p class="note" id="${name}-note">${note}</p>`}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      maxlength="${most}"
      required
      ${value === undefined ? undefined : html`value="${value}"`}
      ${about === '' ? undefined : html`aria-describedby="${about}"`}
      ${wrong === undefined ? undefined : html`aria-invalid="true"`}
    />
    ${wrong === undefined ? undefined : html`<p class="wrong" id="${name}-wrong">${wrong}</p>`}
  </div>`
}
