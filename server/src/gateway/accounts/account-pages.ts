import { brand } from '@cellarhand/protocol/brand'
import type { IssuerPage, IssuerPages } from '../../access/access.ts'
import { html, type Html } from '../rest/docs-html.ts'

/** Nothing from elsewhere, no script at all, in nobody's frame. */
function headersFor(formAction: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': `default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    // Addresses of these pages name a sign-in: no other site is told of them.
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}

/** @param goesOnTo where a form of it leads in the end: browsers hold that against the policy as well */
export function accountPage(title: string, body: Html, goesOnTo?: string): IssuerPage {
  const { html: text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${brand.title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/sign-in/style.css" />
      </head>
      <body>
        <header><a href="/">${brand.title}</a></header>
        <main>${body}</main>
      </body>
    </html>`
  const other = sourceOf(goesOnTo)
  return { html: text, headers: headersFor(other === undefined ? `'self'` : `'self' ${other}`) }
}

/** An address as a policy names it: an origin or, of an app's own scheme, that. */
function sourceOf(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined
  const { protocol, origin } = new URL(address)
  return origin === 'null' ? protocol : origin
}

/** Something that a reader is told, and a way to go on. */
export function noticePage(
  title: string,
  says: readonly string[],
  next: { readonly href: string; readonly text: string } = { href: '/', text: 'To the wines' },
): IssuerPage {
  return accountPage(
    title,
    html`<h1>${title}</h1>
      ${says.map((one) => html`<p>${one}</p>`)}
      <p class="next"><a href="${next.href}">${next.text}</a></p>`,
  )
}

const again = { href: '/session/sign-in', text: 'Sign in again' }

/** A sign-in that has ended, was begun in another browser, or never was. */
export const endedPage = (): IssuerPage =>
  noticePage('This sign-in has ended', ['It was begun too long ago, or in another browser. Begin once more.'], again)

/** A form that no page of ours has sent. */
export const foreignFormPage = (): IssuerPage =>
  noticePage('This form cannot be taken', ['It was not sent from its own page. Begin once more.'], again)

/** Accounts are kept elsewhere, and this server is no client of whoever keeps them. */
export const namelessPage = (): IssuerPage =>
  noticePage('Nobody can sign in on this page', [
    'Accounts are kept elsewhere, and this server was not told its name there.',
    'Whoever runs it sets OIDC_CLIENT_ID, and starts it again. Programs with a token of that issuer are let in as they are.',
  ])

export const refusedPage = (why: string): IssuerPage => noticePage('You are not signed in', [why], again)

/** More than anybody needs was tried from where this comes from. */
export const tooManyPage = (seconds: number): IssuerPage =>
  noticePage('Too much was tried', [`Come back in ${seconds} seconds, and then more slowly.`], again)

/** What the embedded issuer shows by itself. */
export const issuerPages: IssuerPages = {
  error: (code, detail) =>
    noticePage('This cannot go on', [
      code === 'server_error'
        ? 'Something went wrong on our side. It is in the log.'
        : `The app that sent you here has asked for something that it cannot have: ${(detail ?? code).slice(0, 300)}.`,
      'There is nothing that you have done wrong, and nothing was given away.',
    ]),
  signOut: (form) =>
    accountPage(
      'Sign out',
      html`<h1>Sign out?</h1>
        <p>An app asks to sign you out of ${brand.title}, with all that you have signed in to through it.</p>
        ${{ html: form }}
        <p class="choices">
          <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
          <button class="second" type="submit" form="op.logoutForm">Stay signed in</button>
        </p>`,
    ),
  signedOut: () => noticePage('You are signed out', ['Nobody on this device is signed in any more.']),
}
