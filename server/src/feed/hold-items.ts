import type { FoundItems } from './finder.ts'

const nobody: ReadonlySet<string> = new Set()
const position = /,"position":"[^"]*"\}$/

/** The customer that a hold is of, by its text; undefined where it names none, or is gone. */
export function holderOf(text: string): string | undefined {
  return (JSON.parse(text) as { customer?: string }).customer
}

/** One hold, as `replace` says it is. */
export function holdItems(): FoundItems {
  const state = { text: '', at: 0 }
  return {
    type: 'hold',
    isLoaded: () => state.text !== '',
    members: () => nobody,
    replace([text = ''], at) {
      // It was read anew, and is as it was: at another position nothing else is different.
      const isSame = text.replace(position, '') === state.text.replace(position, '')
      Object.assign(state, { text, at: isSame ? state.at : at })
      return isSame ? [] : [0]
    },
    forgetPositions: () => void (state.at = 0),
    page: ({ since = -1 }) => ({ keys: state.at > since ? [0] : [], next: undefined }),
    text: () => state.text,
    nameOf: () => '',
    // It is one thing: who comes back is told it.
    horizon: () => Infinity,
  }
}
