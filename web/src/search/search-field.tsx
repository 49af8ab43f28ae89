import { useEffect, useRef, useState } from 'react'
import { QUERY_MAX } from './search-state.ts'
import { changeSearch, useSearch } from './use-search.ts'

/** How long typing must pause before the cellar is searched, ms. */
const DEBOUNCE_MS = 180

/** The search. `/` goes to it from anywhere, Escape empties it. */
export function SearchField() {
  const { q } = useSearch()
  const [text, setText] = useState(q)
  const sent = useRef(q)
  const input = useRef<HTMLInputElement>(null)
  useSlash(input)
  useEffect(() => {
    // Back, forward and "clear filters" change the query from outside; one's own typing does not come back at one.
    if (q !== sent.current) setText(q)
    sent.current = q
  }, [q])
  useEffect(() => {
    if (text.trim() === sent.current) return
    const timer = setTimeout(() => {
      sent.current = text.trim()
      changeSearch((state) => ({ ...state, q: text.trim() }), { typed: true })
    }, DEBOUNCE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <form role="search" className="search" onSubmit={(event) => event.preventDefault()}>
      <svg aria-hidden="true" viewBox="0 0 20 20" className="h-5 w-5 shrink-0 text-muted">
        <path
          d="M8.5 3a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM12.6 12.6 17 17"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
        />
      </svg>
      <input
        ref={input}
        type="search"
        aria-label="Search wines by name, producer, region or grape"
        aria-keyshortcuts="/"
        placeholder="Wine, producer, region, grape"
        autoComplete="off"
        spellCheck={false}
        maxLength={QUERY_MAX}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setText('')}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  )
}

function useSlash(input: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    addEventListener('keydown', focus)
    return () => removeEventListener('keydown', focus)
  }, [input])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')
  )
}
