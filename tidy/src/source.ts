import { parseSync } from 'oxc-parser'
import type { SourceFile } from './files.ts'

/** A node of the syntax tree, as far as the rules look at it. */
export type Node = {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** An import or re-export of a file: what it names, the line it stands on, and whether it brings types alone. */
export type Import = { readonly specifier: string; readonly line: number; readonly typesOnly: boolean }

/** A parsed file. */
export type Parsed = {
  readonly program: Node
  readonly imports: readonly Import[]
  readonly lineOf: (offset: number) => number
}

/** Whether a value found in a tree is one of its nodes. */
function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

/** The nodes right below a node, in the order of the text. */
function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  )
}

/** A node and everything below it, with each node's ancestors (nearest last). */
export function walk(
  node: Node,
  visit: (node: Node, above: readonly Node[]) => void,
  above: readonly Node[] = [],
): void {
  visit(node, above)
  const path = [...above, node]
  for (const child of childrenOf(node)) walk(child, visit, path)
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)]
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1
}

/** Parses a file. Throws on a syntax error: a rule that cannot read a file must not pass it. */
export function parse(file: SourceFile): Parsed {
  const { program, module, errors } = parseSync(file.path, file.text)
  const [error] = errors
  if (error) throw new Error(`${file.path}: ${error.message}`)
  const lineOf = lineFinder(file.text)
  const at = (request: { value: string; start: number }, typesOnly: boolean): Import => ({
    specifier: request.value,
    line: lineOf(request.start),
    typesOnly,
  })
  const imports = module.staticImports.map(({ moduleRequest, entries }) =>
    at(moduleRequest, entries.length > 0 && entries.every((entry) => entry.isType)),
  )
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) => (moduleRequest ? [at(moduleRequest, isType)] : [])),
  )
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
    const literal = /^(['"`])([^'"`$]+)\1$/.exec(file.text.slice(start, end))
    return literal?.[2] ? [at({ value: literal[2], start }, false)] : []
  })
  return { program: program as unknown as Node, imports: [...imports, ...exports, ...dynamic], lineOf }
}
