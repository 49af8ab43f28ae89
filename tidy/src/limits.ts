import type { SourceFile } from './files.ts'
import { isTest } from './files.ts'
import { parse, walk, type Node } from './source.ts'

/** Something that is longer than it may be became two things: lines of a file, lines of a function. */
export const limits = { fileLines: 300, functionLines: 50 } as const

/** Lines by what was measured: a path, or a path and a function's name as `path#name`. */
type Lengths = Readonly<Record<string, number>>

/** The longest offenders of old, each with the length it may not exceed: tidy/limits.json. */
export type Ratchet = { readonly files: Lengths; readonly functions: Lengths }

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** A name for a function: its own, or that of what it is assigned to, or of what it is passed to. */
function nameOf(node: Node, above: readonly Node[]): string {
  const named = (owner: Node | undefined, key: string) => {
    const target = owner?.[key] as { name?: string; value?: string } | null | undefined
    return target?.name ?? target?.value
  }
  const parent = above.at(-1)
  return (
    named(node, 'id') ??
    named(parent, 'id') ??
    named(parent, 'key') ??
    named(parent, 'left') ??
    named(parent, 'callee') ??
    'anonymous'
  )
}

/** Whether a function is a group of tests: its length says how many they are, not how long one is. */
function isTestGroup(node: Node, above: readonly Node[]): boolean {
  const parent = above.at(-1)
  if (parent?.type !== 'CallExpression' || !(parent.arguments as Node[]).includes(node)) return false
  let callee = parent.callee as Node
  while (callee.type !== 'Identifier') {
    const inner = (callee.object ?? callee.callee ?? callee.tag) as Node | undefined
    if (!inner) return false
    callee = inner
  }
  return callee.name === 'describe' || callee.name === 'suite'
}

/** The functions of a file with their lines, nested ones counted in what holds them. */
function functionsOf(file: SourceFile): [name: string, lines: number][] {
  const { program, lineOf } = parse(file)
  const found: [string, number][] = []
  walk(program, (node, above) => {
    if (!functionTypes.has(node.type) || (isTest(file.path) && isTestGroup(node, above))) return
    found.push([`${file.path}#${nameOf(node, above)}`, lineOf(node.end) - lineOf(node.start) + 1])
  })
  return found
}

/** What in these files is longer than the limits. Of functions with one name in a file, the longest counts. */
function tooLong(files: readonly SourceFile[]): Ratchet {
  const lines = files.map((file): [string, number] => [file.path, file.text.trimEnd().split('\n').length])
  const functions = files.flatMap(functionsOf).toSorted((a, b) => a[1] - b[1])
  return {
    files: Object.fromEntries(lines.filter(([, length]) => length > limits.fileLines)),
    functions: Object.fromEntries(functions.filter(([, length]) => length > limits.functionLines)),
  }
}

function compare(actual: Lengths, recorded: Lengths, limit: number): string[] {
  const grown = Object.entries(actual)
    .filter(([key, length]) => length > (recorded[key] ?? limit))
    .map(([key, length]) => `${key} has ${length} lines, and may have ${recorded[key] ?? limit}: make it two things`)
  const shrunk = Object.entries(recorded)
    .filter(([key, length]) => (actual[key] ?? 0) < length)
    .map(
      ([key]) =>
        `${key} is shorter than tidy/limits.json says: ${actual[key] ? `write ${actual[key]} there` : 'remove it there'}`,
    )
  return [...grown, ...shrunk]
}

/** Sentences about what grew over its limit, and about records that can be tightened: the ratchet turns one way. */
export function lengthComplaints(files: readonly SourceFile[], ratchet: Ratchet): string[] {
  const actual = tooLong(files)
  return [
    ...compare(actual.files, ratchet.files, limits.fileLines),
    ...compare(actual.functions, ratchet.functions, limits.functionLines),
  ]
}
