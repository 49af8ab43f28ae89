import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** A file of the project: its path from the project's root, with forward slashes, and its text. */
export type SourceFile = { readonly path: string; readonly text: string }

/** The project's root folder. */
export const root = join(import.meta.dirname, '..', '..')

// Outputs, dependencies, and what a running server leaves behind.
const skipped = new Set(['node_modules', 'dist', '.git', '.cellarhand', 'coverage'])

/** The paths of all files of the project, from its root, in order. */
export function projectPaths(): string[] {
  const visit = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (skipped.has(entry.name)) return []
      const full = join(folder, entry.name)
      if (entry.isDirectory()) return visit(full)
      return entry.isFile() ? [relative(root, full).split(sep).join('/')] : []
    })
  return visit(root).toSorted((a, b) => (a < b ? -1 : 1))
}

/** Reads those files of the project whose path fits. */
export function projectFiles(fits: RegExp): SourceFile[] {
  const paths = projectPaths().filter((path) => fits.test(path))
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Code in any of the project's languages. */
export const code = /\.([cm]?ts|tsx|cjs|mjs)$/

/** Whether a path is a test or belongs to the tests. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$|\/(test|e2e)\//.test(path)
}
