import { isDoor } from './boundaries.ts'
import { isTest, type SourceFile } from './files.ts'
import { parse, walk, type Node } from './source.ts'

const vague = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared', 'lib'])

/** Folders whose name says nothing, as sentences. The scripts' modern parts are the one `lib`: an old Node must not read them. */
export function folderComplaints(paths: readonly string[]): string[] {
  const folders = new Set(
    paths.flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, at, parts) => parts.slice(0, at + 1).join('/')),
    ),
  )
  return [...folders]
    .filter((folder) => folder !== 'scripts/lib' && vague.has(folder.split('/').at(-1) ?? ''))
    .map((folder) => `${folder}/: name the folder after what is in it`)
}

/** Default exports, as sentences; tools that load their configuration so are exempt. */
export function defaultExportComplaints(files: readonly SourceFile[]): string[] {
  const ours = files.filter((file) => !/\.config\.ts$|^scripts\/lib\/reporter\.mjs$/.test(file.path))
  return ours.flatMap((file) => {
    const body = parse(file).program.body as Node[]
    const found = body.some((node) => node.type === 'ExportDefaultDeclaration')
    return found ? [`${file.path}: export by name, so that it is called the same everywhere`] : []
  })
}

/** Files that only pass on what others export, as sentences. A module's door may, name by name: that is what a door is. */
export function barrelComplaints(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const body = parse(file).program.body as Node[]
    const names = !body.some((node) => node.type === 'ExportAllDeclaration')
    if (names && isDoor(file.path)) return []
    const passesOn = (node: Node) =>
      node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source)
    const isBarrel =
      body.length > 0 &&
      body.every((node) => passesOn(node) || node.type === 'ImportDeclaration') &&
      body.some(passesOn)
    return isBarrel ? [`${file.path}: a barrel; import from where the thing is`] : []
  })
}

/** Places in the pure core that ask the system for the time with `new Date()` (the linter sees the other ways), as sentences. */
export function clockComplaints(files: readonly SourceFile[]): string[] {
  const core = files.filter((file) => file.path.startsWith('server/src/stock/core/') && !isTest(file.path))
  return core.flatMap((file) => {
    const { program, lineOf } = parse(file)
    const found: string[] = []
    walk(program, (node) => {
      const asks =
        (node.type === 'NewExpression' || node.type === 'CallExpression') && (node.callee as Node).name === 'Date'
      if (asks && (node.arguments as Node[]).length === 0) {
        found.push(`${file.path}:${lineOf(node.start)} asks for the time; the time of the batch is in the context`)
      }
    })
    return found
  })
}

/** Names that end so are of what nobody may guess a character at a time. */
const secretName =
  /(secret|password|passwd|signature|ticket|credential|apiKey|\bkey\w*Hash|hash|token|otp|nonce|^state)$/i
/** Secrets are looked up by their hash or compared by `isSame`; what these compare is no secret: digests of files and of operations, and words of a table. */
const noSecrets = /^server\/src\/(import|keep|verify|demo|stock|replica|feed|catalogue|gateway\/graphql)\//

const nameOf = (node: Node): string => {
  if (node.type === 'Identifier') return String(node.name)
  if (node.type === 'MemberExpression' && (node.property as Node).type === 'Identifier')
    return String((node.property as Node).name)
  return ''
}

/** Places where one secret is compared with another as texts are, which takes the longer the more of it is right, as sentences. */
export function secretComplaints(files: readonly SourceFile[]): string[] {
  const ours = files.filter(({ path }) => path.startsWith('server/src/') && !isTest(path) && !noSecrets.test(path))
  return ours.flatMap((file) => {
    const { program, lineOf } = parse(file)
    const found: string[] = []
    walk(program, (node) => {
      if (node.type !== 'BinaryExpression' || !/^[=!]==?$/.test(String(node.operator))) return
      const sides = [node.left as Node, node.right as Node]
      if (sides.some((side) => side.type === 'Literal' || nameOf(side) === 'undefined')) return
      if (!sides.some((side) => secretName.test(nameOf(side)))) return
      found.push(
        `${file.path}:${lineOf(node.start)} compares a secret as a text: look it up by its hash, or take isSame`,
      )
    })
    return found
  })
}

const modern = new Set([
  'ArrowFunctionExpression',
  'AwaitExpression',
  'ChainExpression',
  'ClassDeclaration',
  'ImportExpression',
  'ObjectPattern',
  'ArrayPattern',
  'SpreadElement',
  'TemplateLiteral',
])

function isModern(node: Node): boolean {
  if (modern.has(node.type)) return true
  if (node.type === 'VariableDeclaration') return node.kind !== 'var'
  if (node.type === 'CatchClause') return node.param === null
  return node.async === true || node.operator === '??' || String(node.operator).startsWith('??')
}

/** Modern syntax in what an old Node reads before it is told that it is too old, as sentences. */
export function oldNodeComplaints(files: readonly SourceFile[]): string[] {
  const first = files.filter((file) => /^scripts\/([^/]+|lib\/preflight)\.cjs$/.test(file.path))
  return first.flatMap((file) => {
    const { program, lineOf } = parse(file)
    const found: string[] = []
    walk(program, (node) => {
      if (isModern(node))
        found.push(`${file.path}:${lineOf(node.start)} has ${node.type}, which an old Node may not read`)
    })
    return found
  })
}

/** Tests that are left out without a reason, or that leave out all others, as sentences. A reason is a comment or an argument. */
export function skipComplaints(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => /\.test\.tsx?$/.test(file.path))
    .flatMap((file) => {
      const { program, lineOf } = parse(file)
      const lines = file.text.split('\n')
      const found: string[] = []
      walk(program, (node) => {
        if (node.type !== 'MemberExpression') return
        const [owner, name] = [(node.object as Node).name, (node.property as Node).name]
        if (!['test', 'it', 'describe', 'suite'].includes(String(owner))) return
        const line = lineOf(node.start)
        const hasReason = [line - 1, line - 2].some((at) => /\/\/\s*\S/.test(lines[at] ?? ''))
        if (name === 'only') found.push(`${file.path}:${line} leaves out all other tests`)
        if (['skip', 'skipIf', 'runIf', 'todo'].includes(String(name)) && !hasReason) {
          found.push(`${file.path}:${line} may leave out a test; say why in a comment on or above the line`)
        }
      })
      return found
    })
}
