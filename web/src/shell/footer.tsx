import { useLine } from '../feed/use-feed.ts'

/** What the page shows, as of when, and where programs read the same. */
export function Footer() {
  const { position } = useLine()
  return (
    <footer className="mt-16 border-t border-rule text-sm text-muted">
      <div className="mx-auto flex max-w-[1240px] flex-wrap items-center gap-x-6 gap-y-1 px-4 pt-4 md:px-8">
        <p className="tabular-nums" data-testid="position">
          {position === undefined ? 'Nothing read yet' : `As of ${position}`}
        </p>
        <p>
          The same for programs:{' '}
          <a className="link" href="/docs">
            the API, described
          </a>
        </p>
      </div>
    </footer>
  )
}
