import { posix } from 'node:path'
import { isTest, type SourceFile } from './files.ts'
import { parse, type Import } from './source.ts'

// Who may import whom among the packages. What is not here is forbidden.
const packages: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ['protocol'],
  server: ['protocol'],
  web: ['client', 'protocol'],
  examples: ['client', 'protocol'],
  bench: ['client', 'protocol'],
  tidy: [],
}

const serverSource = 'server/src/'

/** The module of a path below server/src: its first folder; undefined for a file that stands in none. */
function moduleOf(path: string): string | undefined {
  const [first, second] = path.slice(serverSource.length).split('/')
  return second === undefined ? undefined : first
}

/** Whether a path is a door: `x/x.ts`, and for the gateway's protocols, modules of their own, `gateway/x/x.ts`. */
export function isDoor(path: string): boolean {
  return /^server\/src\/([^/]+)\/\1\.ts$/.test(path) || /^server\/src\/gateway\/([^/]+)\/\1\.ts$/.test(path)
}

/** Where a boundary is judged: the packages' scope with its `@`, and the files whose types anyone may import, with the reason. */
export type Rules = { readonly scope: string; readonly vocabulary: Readonly<Record<string, string>> }

function betweenModules(from: string, to: string): string | undefined {
  // What all tests share is no module: it may look behind doors.
  if (from.startsWith('server/test/')) return undefined
  const own = moduleOf(from)
  const other = moduleOf(to)
  if (!other) return `${to} stands in no module; put it into a folder of its own`
  // A test wires what it tests, as roles do.
  const wires = own === 'roles' || isTest(from)
  if (own === other || other === 'platform') return undefined
  if (own === 'platform') return `platform imports no module, and this imports ${other}`
  if (other === 'roles') return wires ? undefined : 'only roles wire things together; take it as a parameter'
  return isDoor(to) ? undefined : `${other} is entered by its door, ${other}/${other}.ts`
}

function betweenPackages(own: string, name: string): string | undefined {
  if (own === name) return undefined
  const allowed = packages[own] ?? []
  return allowed.includes(name)
    ? undefined
    : `${own} may not import ${name}${own in packages ? '' : ' (it is no known package)'}`
}

/** What is wrong with one import, or undefined. */
function complaintAbout(
  from: string,
  { specifier, typesOnly }: Import,
  { scope, vocabulary }: Rules,
): string | undefined {
  const own = from.split('/')[0] ?? ''
  // The judges of recorded histories are pure, and the server's own tests are judged by the same.
  if (isTest(from) && own === 'server' && specifier.startsWith(`${scope}/bench/src/witness/`)) return undefined
  if (specifier.startsWith(`${scope}/`)) return betweenPackages(own, specifier.split('/')[1] ?? '')
  if (!specifier.startsWith('.')) return undefined
  const to = posix.join(posix.dirname(from), specifier)
  // A test in a real browser, and one of the client, need a server to look at, and read no more of it than its test helpers.
  if (/^(web\/e2e|client\/test)\//.test(from) && to.startsWith('server/test/')) return undefined
  if (to.split('/')[0] !== own) return 'another package is imported by its name, not by a path'
  if (typesOnly && to in vocabulary) return undefined
  const inServer = from.startsWith('server/') && to.startsWith(serverSource)
  return inServer ? betweenModules(from, to) : undefined
}

/** Every import that crosses a boundary of the layout, as sentences. */
export function boundaryComplaints(files: readonly SourceFile[], rules: Rules): string[] {
  return files.flatMap((file) =>
    parse(file).imports.flatMap((one) => {
      const complaint = complaintAbout(file.path, one, rules)
      return complaint ? [`${file.path}:${one.line} imports ${one.specifier}: ${complaint}`] : []
    }),
  )
}

/** Every file of server/src that stands outside a module's folder, as sentences. */
export function homelessComplaints(paths: readonly string[]): string[] {
  const homeless = paths.filter((path) => path.startsWith(serverSource) && !moduleOf(path))
  return homeless.map((path) => `${path}: every file of the server belongs into a module's folder`)
}
