import { useRef } from 'react'
import { FacetList, type Facets } from './facets.tsx'
import { chosenCount, cleared } from './search-state.ts'
import { changeSearch, useSearch } from './use-search.ts'

interface FacetSheetProps {
  readonly facets: Facets | undefined
  readonly currency: string | undefined
  readonly total: number | undefined
}

/** The facets on a phone: a sheet over the page, opened by a button that says how many are chosen. */
export function FacetSheet({ facets, currency, total }: FacetSheetProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const state = useSearch()
  const count = chosenCount(state)
  const close = () => dialog.current?.close()
  return (
    <>
      <button type="button" className="button lg:hidden" onClick={() => dialog.current?.showModal()}>
        {count === 0 ? 'Filters' : `Filters: ${count}`}
      </button>
      <dialog ref={dialog} className="sheet" aria-label="Filters" closedby="any">
        <div className="flex max-h-[85dvh] flex-col">
          <div className="flex items-center justify-between border-b border-rule px-4 py-3">
            <h2 className="font-display text-2xl">Filters</h2>
            <button type="button" className="button" onClick={close}>
              Close
            </button>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-4">
            <FacetList facets={facets} currency={currency} />
          </div>
          <div className="flex gap-2 border-t border-rule px-4 py-3">
            <button type="button" className="button" onClick={() => changeSearch(cleared)}>
              Clear
            </button>
            <button type="button" className="button primary flex-1" onClick={close}>
              {total === undefined ? 'Show wines' : `Show ${total} ${total === 1 ? 'wine' : 'wines'}`}
            </button>
          </div>
        </div>
      </dialog>
    </>
  )
}
