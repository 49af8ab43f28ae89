import type pg from 'pg'
import { likeness } from './likeness.ts'
import { SEARCH_CHARS_MAX, SEARCH_WORDS_MAX, type Values } from './query.ts'

/** A word as it was typed, folded, with the catalogue's words that may have been meant, the likest first. */
export interface SearchWord {
  readonly word: string
  /** it stands in some wine exactly so */
  readonly known: boolean
  readonly similar: readonly { readonly word: string; readonly likeness: number }[]
}

/** Shorter words have too few letters for a typo to leave anything to go by. */
const typoLengthMin = 4
/** Words with some letters in common that are looked at; the right one was among the first 20 of every misspelling tried. */
const candidatesMax = 40
/** Words a typo may have meant. */
const similarMax = 8
/** Two edits in five letters. */
const likenessMin = 0.6
/** Much less like it than the likest is not what was meant: "margo" is Margaux and not Margan. */
const likenessBehindMax = 0.2

interface TypedRow {
  readonly word: string
  readonly known: boolean
  readonly candidates: string[]
}

/** The words of a search as the catalogue knows them; none for a search without a letter or digit. */
export async function searchWords(client: pg.ClientBase, q: string): Promise<SearchWord[]> {
  const text = q.replaceAll('\0', ' ').slice(0, SEARCH_CHARS_MAX)
  if (text.trim() === '') return []
  const { rows } = await client.query<TypedRow>({
    name: 'catalogue-search-words',
    text: `select typed.word, exists (select from catalogue.words k where k.word = typed.word) as known,
             array(select v.word from catalogue.words v
                   where length(typed.word) >= ${typoLengthMin} and typed.word !~ '[0-9]' and v.word % typed.word
                     and v.word <> typed.word
                   order by similarity(v.word, typed.word) desc, v.word limit ${candidatesMax}) as candidates
           from (select word, min(n) as n
                 from unnest(string_to_array(catalogue.fold($1), ' ')) with ordinality typed (word, n)
                 where word <> '' group by word order by n limit ${SEARCH_WORDS_MAX}) typed
           order by typed.n`,
    values: [text],
  })
  return rows.map(({ word, known, candidates }) => ({ word, known, similar: similarTo(word, candidates) }))
}

function similarTo(word: string, candidates: readonly string[]): SearchWord['similar'] {
  const ranked = candidates
    .map((candidate) => ({ word: candidate, likeness: likeness(word, candidate) }))
    .toSorted((a, b) => b.likeness - a.likeness)
  const least = Math.max(likenessMin, (ranked[0]?.likeness ?? 1) - likenessBehindMax)
  return ranked.filter((candidate) => candidate.likeness >= least).slice(0, similarMax)
}

/** Words as a search uses them. */
export interface Search {
  readonly words: readonly SearchWord[]
  /** each word may be a typo, even one that is known */
  readonly loose: boolean
}

const lexemeOf = (word: string): string => `'${word.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
const typosOf = ({ known, similar }: SearchWord, loose: boolean) => (known && !loose ? [] : similar)
const hits = (query: string, values: Values): string => `w.search @@ ${values.add(query)}::tsquery`

/**
 * The condition of a search on `catalogue.wines w`: every word has to be found, as it stands, as the beginning of a word, as a vintage, or as a typo of a
 * word.
 */
export function searchCondition({ words, loose }: Search, values: Values): string {
  if (words.length === 0) return 'true'
  return words.map((word) => wordCondition(word, loose, values)).join(' and ')
}

function wordCondition(word: SearchWord, loose: boolean, values: Values): string {
  const typos = typosOf(word, loose).map((typo) => lexemeOf(typo.word))
  const found = hits([`${lexemeOf(word.word)}:*`, ...typos].join(' | '), values)
  const vintage = word.word === 'nv' ? 0 : /^(1[789]|20)\d\d$/.test(word.word) ? Number(word.word) : undefined
  if (vintage === undefined) return found
  return `(${found} or w.id in (select y.wine from catalogue.skus y where y.vintage = ${vintage}))`
}

/** What a hit is worth. In the label (weight A) it counts more; any of these more than any typo. */
const worth = { exactLabel: 100, exact: 90, beginsLabel: 80, begins: 70, vintage: 90, typo: 50, typoInLabel: 58 }
/** For all words in a row, as typed. */
const phraseWorth = 30
/** For the whole label and nothing beside it: "margaux" is rather Château Margaux than one of its neighbours. */
const coverWorth = 40

/** How relevant a wine is that meets the condition: a whole number. */
export function searchScore({ words, loose }: Search, values: Values): string {
  if (words.length === 0) return '0'
  const phrase = values.add(words.map(({ word }) => word).join(' '))
  const labelWords = `(length(w.sort_key) - length(replace(w.sort_key, ' ', '')) + 1)`
  return [
    ...words.map((word) => wordScore(word, loose, values)),
    `case when position(${phrase}::text in w.sort_key) > 0 then ${phraseWorth} else 0 end`,
    `least(${coverWorth * words.length} / ${labelWords}, ${coverWorth})`,
  ].join(' + ')
}

function wordScore(word: SearchWord, loose: boolean, values: Values): string {
  const lexeme = lexemeOf(word.word)
  const when = (query: string, points: number) => `when ${hits(query, values)} then ${Math.round(points)}`
  const cases = [
    when(`${lexeme}:A`, worth.exactLabel),
    when(lexeme, worth.exact),
    when(`${lexeme}:*A`, worth.beginsLabel),
    when(`${lexeme}:*`, worth.begins),
    ...typosOf(word, loose).flatMap((typo) => [
      when(`${lexemeOf(typo.word)}:A`, worth.typoInLabel * typo.likeness),
      when(lexemeOf(typo.word), worth.typo * typo.likeness),
    ]),
  ]
  return `case ${cases.join(' ')} else ${worth.vintage} end`
}
