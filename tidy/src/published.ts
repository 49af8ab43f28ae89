import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './files.ts'

type Reasons = Readonly<Record<string, string>>

/** What modules may use of each other past their doors, each with the reason why. */
export type Published = {
  /** By path: the files of pure types that anyone may import as types. */
  readonly vocabulary: Reasons
  /** By schema, then by name: the functions of a database schema that others may call, and the views that they may read. */
  readonly names: Readonly<Record<string, Reasons>>
  /** Modules that may read every schema, and write none but their own. */
  readonly auditors: Reasons
}

/** The list of this project, tidy/published.json. */
export const published = JSON.parse(readFileSync(join(root, 'tidy', 'published.json'), 'utf8')) as Published
