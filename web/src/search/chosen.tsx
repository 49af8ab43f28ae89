import type { Facets } from './facets.tsx'
import { facetLabel } from './facet-label.ts'
import { facetNames, facetTitles, type FacetName } from './facet-names.ts'
import { chosenCount, cleared, toggle } from './search-state.ts'
import { changeSearch, useSearch } from './use-search.ts'

/** What is chosen, each with a way to take it back. */
export function Chosen({ facets, currency }: { facets: Facets | undefined; currency: string | undefined }) {
  const state = useSearch()
  if (chosenCount(state) === 0) return null
  const labelOf = (name: FacetName, value: string) =>
    facets?.[name].find((one) => one.value === value)?.label ?? facetLabel(name, value, currency)
  return (
    <ul className="flex flex-wrap items-center gap-2 pb-4" aria-label="Chosen filters">
      {facetNames.flatMap((name) =>
        state.chosen[name].map((value) => (
          <li key={`${name} ${value}`}>
            <button
              type="button"
              className="chip"
              aria-label={`Take back ${facetTitles[name]}: ${labelOf(name, value)}`}
              onClick={() => changeSearch((now) => toggle(now, name, value))}
            >
              {labelOf(name, value)}
              <span aria-hidden="true">×</span>
            </button>
          </li>
        )),
      )}
      <li>
        <button type="button" className="link text-sm" onClick={() => changeSearch(cleared)}>
          Clear filters
        </button>
      </li>
    </ul>
  )
}
