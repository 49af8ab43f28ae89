import { Kind, visit, type DocumentNode, type GraphQLError } from 'graphql'
import { ZERO_BYTE } from '../rest/transport.ts'
import { problemError } from './errors.ts'

/** Letters of an operation: as long as its words and signs are of the usual length. Operations are kept, and a literal or a comment may have any length. */
export const SOURCE_CHARS_MAX = 32_768
/** Words and signs of an operation: the longest that a page of an app asks for has some 300. */
export const TOKENS_MAX = 1_000
/** Levels of fields with fields in them: a list of wines with the prices of their SKUs has six. */
export const DEPTH_MAX = 6
/** Below `__schema` and `__type`: what explorers ask for has thirteen. */
export const INTROSPECTION_DEPTH_MAX = 15
/** The same field under many names is how an answer is made large, or a guess made often, in one request. */
export const ALIASES_MAX = 15
/** `@include` and `@skip`: more than any page has, fewer than it takes to slow the check. */
export const DIRECTIVES_MAX = 50
/** Fields beside one another: the largest type has 20, and each may stand there twice. Comparing them all takes the square of it. */
export const BREADTH_MAX = 40
/** Items of a page. */
export const FIRST_MAX = 100
/** What one operation may cost: a hundred wines with their vintages, SKUs and offers come to half of it. */
export const COST_MAX = 5_000

/** What is wrong with an operation before anything is looked up; undefined where nothing is. */
export function excessOf(document: DocumentNode): GraphQLError | undefined {
  const counts = { aliases: 0, directives: 0, breadth: 0, zeroBytes: 0 }
  visit(document, {
    [Kind.FIELD]: (node) => void (counts.aliases += node.alias ? 1 : 0),
    [Kind.DIRECTIVE]: () => void (counts.directives += 1),
    [Kind.SELECTION_SET]: ({ selections }) => void (counts.breadth = Math.max(counts.breadth, selections.length)),
    [Kind.STRING]: ({ value }) => void (counts.zeroBytes += value.includes('\0') ? 1 : 0),
  })
  const { aliases, directives, breadth } = counts
  if (aliases > ALIASES_MAX) return tooMany('aliases', aliases, ALIASES_MAX)
  if (directives > DIRECTIVES_MAX) return tooMany('directives', directives, DIRECTIVES_MAX)
  if (breadth > BREADTH_MAX) return tooMany('fields beside one another', breadth, BREADTH_MAX)
  return counts.zeroBytes > 0 ? problemError('invalid-request', ZERO_BYTE) : undefined
}

const tooMany = (what: string, count: number, most: number) =>
  problemError('operation-too-complex', `It has ${count} ${what}; ${most} are taken.`)
