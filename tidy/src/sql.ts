import { isTest, type SourceFile } from './files.ts'
import type { Published } from './published.ts'
import { parse, walk, type Node } from './source.ts'

/** One mention of `schema.name` in SQL; `writes` where the statement would change it. */
export type Mention = { readonly schema: string; readonly name: string; readonly writes: boolean }

const looksLikeSql =
  /\b(select|insert\s+into|update\s[\s\S]*\bset|delete\s+from|create|alter|drop|truncate|lock\s+table|copy|from|join)\b/
const writers = new Set(['into', 'update', 'delete from', 'truncate', 'table'])
// A comma list goes on until the next clause.
const fromList =
  /\bfrom\b([^;]*?)(?=\b(?:where|group|order|limit|union|returning|for|on|set|having|window|select)\b|[;)]|$)/g

/** SQL without its comments and quoted texts, in lower case. */
function bare(sql: string): string {
  return sql
    .replaceAll(/--[^\n]*/g, ' ')
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .toLowerCase()
}

function mentionsOf(text: string, pattern: RegExp, writes: (keyword: string) => boolean): Mention[] {
  return [...text.matchAll(pattern)].map(({ groups }) => ({
    schema: groups?.schema ?? '',
    name: groups?.name ?? '',
    writes: writes((groups?.keyword ?? '').replaceAll(/\s+/g, ' ')),
  }))
}

/**
 * Where a text that is SQL names a relation, sequence or function of one of `schemas`. Columns (`alias.column`) are told from
 * relations by what stands before them, so an alias that is called like a schema is no mention.
 */
export function mentionsIn(sql: string, schemas: readonly string[]): Mention[] {
  const text = bare(sql)
  if (!looksLikeSql.test(text) || schemas.length === 0) return []
  const target = `"?(?<schema>${schemas.join('|')})"?\\."?(?<name>\\w+)`
  const keyword =
    '(?<keyword>delete\\s+from|from|join|into|update|table|only|references|truncate|exists|view|call|sequence)'
  const lists = [...text.matchAll(fromList)].map((match) => match[1] ?? '')
  const found = [
    ...mentionsOf(text, new RegExp(`\\b${keyword}\\s+${target}`, 'g'), (word) => writers.has(word)),
    ...lists.flatMap((list) => mentionsOf(list, new RegExp(`,\\s*${target}`, 'g'), () => false)),
    ...mentionsOf(text, new RegExp(`(?<![\\w.])${target}"?\\s*\\(`, 'g'), () => false),
    ...mentionsOf(sql.toLowerCase(), new RegExp(`(?:val|regclass)\\(\\s*'${target}`, 'g'), () => true),
  ]
  // One statement may match in two ways; once is enough, and writing says more than reading.
  const distinct = new Map(
    found.toSorted((a, b) => Number(a.writes) - Number(b.writes)).map((one) => [`${one.schema}.${one.name}`, one]),
  )
  return [...distinct.values()]
}

/** A template's text, with a space where a value is put in. */
function templateText(node: Node): string {
  const quasis = node.quasis as readonly { readonly value: { readonly cooked: string | null } }[]
  return quasis.map((quasi) => quasi.value.cooked ?? '').join(' ')
}

type Text = { readonly text: string; readonly line: number }

function textsIn(file: SourceFile): Text[] {
  if (file.path.endsWith('.sql')) return [{ text: file.text, line: 1 }]
  const { program, lineOf } = parse(file)
  const texts: Text[] = []
  walk(program, (node) => {
    if (node.type === 'TemplateLiteral') texts.push({ text: templateText(node), line: lineOf(node.start) })
    if (node.type === 'Literal' && typeof node.value === 'string')
      texts.push({ text: node.value, line: lineOf(node.start) })
  })
  return texts
}

/** Whose file it is: the folder of server/src, or for a migration the word after its number and the schemas it creates. */
function ownersOf(file: SourceFile): string[] {
  return [moduleNamed(file.path), ...schemasOf([file])]
}

function moduleNamed(path: string): string {
  return /^server\/src\/([^/]+)\//.exec(path)?.[1] ?? /^server\/sql\/\d+-([a-z]+)/.exec(path)?.[1] ?? ''
}

/** The schemas that the migrations create. */
function schemasOf(files: readonly SourceFile[]): string[] {
  const migrations = files.filter((file) => file.path.endsWith('.sql'))
  return migrations.flatMap((file) =>
    [...file.text.matchAll(/\bcreate\s+schema\s+(?:if\s+not\s+exists\s+)?(\w+)/gi)].map((match) => match[1] ?? ''),
  )
}

function isAllowed(
  owners: readonly string[],
  mention: Mention,
  { names, auditors }: Pick<Published, 'names' | 'auditors'>,
): boolean {
  if (owners.includes(mention.schema)) return true
  if (mention.writes) return false
  return owners.some((owner) => owner in auditors) || mention.name in (names[mention.schema] ?? {})
}

/** Every place where a module's SQL, in code or migrations, touches a schema that is not its own, as sentences. */
export function schemaComplaints(
  files: readonly SourceFile[],
  published: Pick<Published, 'names' | 'auditors'>,
): string[] {
  const schemas = schemasOf(files)
  return files
    .filter((file) => !isTest(file.path))
    .flatMap((file) =>
      textsIn(file).flatMap(({ text, line }) =>
        mentionsIn(text, schemas)
          .filter((mention) => !isAllowed(ownersOf(file), mention, published))
          .map(
            ({ schema, name, writes }) =>
              `${file.path}:${line} ${writes ? 'writes' : 'reads'} ${schema}.${name}, which is ${schema}'s own; go through its door`,
          ),
      ),
    )
}
