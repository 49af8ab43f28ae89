import type { FacetValue, WineList } from '@cellarhand/protocol/catalogue'
import { useId, useState } from 'react'
import { facetLabel } from './facet-label.ts'
import { facetNames, facetTitles, type FacetName } from './facet-names.ts'
import { toggle } from './search-state.ts'
import { changeSearch, useSearch } from './use-search.ts'

export type Facets = NonNullable<WineList['facets']>

/** Values shown before "Show all": what fits without scrolling past the next facet. */
const SHORT = 7
/** Facets open at first; the others show their title and what is chosen in them. */
const openAtFirst = new Set<FacetName>(['colour', 'country', 'region', 'format', 'price'])

interface FacetListProps {
  readonly facets: Facets | undefined
  /** Of the channel: names the bands of prices. */
  readonly currency: string | undefined
}

/** All facets, with how many wines each value would show. */
export function FacetList({ facets, currency }: FacetListProps) {
  if (!facets) return <FacetSkeleton />
  return facetNames.map((name) => <Facet key={name} name={name} values={facets[name]} currency={currency} />)
}

interface FacetProps {
  readonly name: FacetName
  readonly values: readonly FacetValue[]
  readonly currency: string | undefined
}

function Facet({ name, values, currency }: FacetProps) {
  const chosen = useSearch().chosen[name]
  const [all, setAll] = useState(false)
  const [open, setOpen] = useState(openAtFirst.has(name) || chosen.length > 0)
  const id = useId()
  const known = withChosen({ name, values, currency }, chosen)
  const shown = all ? known : shortened(known, chosen)
  if (known.length === 0) return null
  return (
    <details className="facet" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span id={id}>{facetTitles[name]}</span>
        {chosen.length > 0 && <span className="ml-auto text-sm font-normal text-accent">{chosen.length} chosen</span>}
      </summary>
      <ul role="group" aria-labelledby={id}>
        {shown.map((value) => (
          <FacetChoice key={value.value} name={name} value={value} checked={chosen.includes(value.value)} />
        ))}
      </ul>
      {known.length > SHORT && (
        <button type="button" className="link mb-2 text-sm" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${known.length}`}
        </button>
      )}
    </details>
  )
}

function FacetChoice({ name, value, checked }: { name: FacetName; value: FacetValue; checked: boolean }) {
  return (
    <li role="presentation">
      <label className="facet-choice">
        <input
          type="checkbox"
          checked={checked}
          onChange={() => changeSearch((state) => toggle(state, name, value.value))}
        />
        <span className="min-w-0 flex-1 truncate">{value.label}</span>
        <span className="text-sm text-muted tabular-nums">{value.count}</span>
      </label>
    </li>
  )
}

/** A value that was chosen stays to be taken back, even where nothing matches it any more. */
function withChosen({ name, values, currency }: FacetProps, chosen: readonly string[]): readonly FacetValue[] {
  const missing = chosen.filter((value) => !values.some((one) => one.value === value))
  return [...values, ...missing.map((value) => ({ value, label: facetLabel(name, value, currency), count: 0 }))]
}

function shortened(values: readonly FacetValue[], chosen: readonly string[]): readonly FacetValue[] {
  return values.filter((value, index) => index < SHORT || chosen.includes(value.value))
}

function FacetSkeleton() {
  return (
    <div aria-hidden="true">
      {facetNames.slice(0, 4).map((name) => (
        <div key={name} className="facet py-3">
          <div className="skeleton h-4 w-24" />
          {[28, 36, 24, 32].map((width) => (
            <div key={width} className="skeleton mt-4 h-4" style={{ width: `${width * 4}px` }} />
          ))}
        </div>
      ))}
    </div>
  )
}
