import type { Session } from '@cellarhand/protocol/access'
import { forgetHolds } from '../holds/kept-store.ts'
import { signInAddress } from './sign-in-address.ts'

/** A way to sign in; or who has, and a way out. Nothing where nobody signs in. */
export function Account({ who }: { who: Session }) {
  if (who.kind === 'local') return null
  if (who.kind !== 'user') {
    return (
      // Where one comes back to is what the page shows when it is pressed.
      <a
        className="link"
        href="/session/sign-in"
        onClick={({ currentTarget }) => (currentTarget.href = signInAddress())}
      >
        Sign in
      </a>
    )
  }
  return (
    // A form, so that it works as a page's own and not as anybody's request; whoever uses this browser next does not see what was held here.
    <form method="post" action="/session/sign-out" onSubmit={forgetHolds}>
      <span className="block truncate text-muted" title={who.name}>
        {who.name}
      </span>
      <button type="submit" className="link">
        Sign out
      </button>
    </form>
  )
}
