import type { Wine } from '@cellarhand/protocol/catalogue'
import { AskError } from '../shell/http.ts'
import { chosenCount, cleared, type SearchState } from './search-state.ts'
import { changeSearch } from './use-search.ts'
import { WineCard } from './wine-card.tsx'

interface ResultsProps {
  readonly wines: readonly Wine[]
  readonly more: { readonly has: boolean; readonly busy: boolean; readonly load: () => void }
}

/** The wines that match, and a way to more of them. */
export function Results({ wines, more }: ResultsProps) {
  return (
    <>
      {wines.map((wine) => (
        <WineCard key={wine.id} wine={wine} />
      ))}
      {more.has && (
        <div className="flex justify-center py-8">
          <button type="button" className="button" aria-disabled={more.busy} onClick={() => more.busy || more.load()}>
            {more.busy ? 'Fetching more wines' : 'Show more wines'}
          </button>
        </div>
      )}
    </>
  )
}

/** Nothing matches: what was asked, and the way out. */
export function NoResults({ state }: { state: SearchState }) {
  const filters = chosenCount(state)
  const asked = state.q === '' ? 'these filters' : `“${state.q}”${filters > 0 ? ' with these filters' : ''}`
  const nothing = state.q === '' && filters === 0
  return (
    <div className="py-16 text-center">
      <h3 className="font-display text-3xl">{nothing ? 'The cellar is empty' : `Nothing matches ${asked}`}</h3>
      <p className="mt-2 text-muted">
        {nothing
          ? 'There are no wines yet. Import a catalogue, and they show here.'
          : 'Try fewer words or another spelling, or begin again.'}
      </p>
      {!nothing && (
        <button type="button" className="button primary mt-6" onClick={() => changeSearch(cleared)}>
          {filters > 0 ? 'Clear filters' : 'Clear the search'}
        </button>
      )}
    </div>
  )
}

/** The list could not be read: why, and the way to try again. */
export function ResultsError({ error, retry }: { error: Error; retry: () => void }) {
  const problem = error instanceof AskError ? error.problem : undefined
  const refused = problem !== undefined && problem.status < 500 && problem.status !== 429
  return (
    <div className="py-16 text-center" role="group" aria-label="The wines could not be shown">
      <h3 className="font-display text-3xl">The wines could not be shown</h3>
      <p className="mx-auto mt-2 max-w-prose text-muted">
        {refused
          ? `The cellar did not understand this search: ${problem.detail || problem.title}.`
          : 'The cellar could not be reached, or is too busy. Your holds stay as they are.'}
      </p>
      <div className="mt-6 flex justify-center gap-2">
        {refused && (
          <button type="button" className="button" onClick={() => changeSearch(cleared)}>
            Clear filters
          </button>
        )}
        <button type="button" className="button primary" onClick={retry}>
          Try again
        </button>
      </div>
    </div>
  )
}

/** The place of wines that are being fetched, as tall as they will be. */
export function ResultsSkeleton() {
  return (
    <div aria-hidden="true" data-testid="skeleton">
      {[1, 2, 3, 4].map((index) => (
        <div key={index} className="wine">
          <div className="wine-bottle">
            <div className="skeleton mx-auto h-full w-9" />
          </div>
          <div className="wine-head">
            <div className="skeleton h-4 w-32" />
            <div className="skeleton mt-3 h-7 w-64 max-w-full" />
            <div className="skeleton mt-3 h-4 w-48" />
          </div>
          <div className="wine-skus">
            {[1, 2].map((row) => (
              <div key={row} className="sku-row">
                <div className="skeleton col-span-full h-8" />
              </div>
            ))}
          </div>
        </div>
      ))}
    </div>
  )
}
