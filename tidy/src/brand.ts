import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './files.ts'

type Brand = { readonly name: string; readonly scope: string; readonly envPrefix: string }

// Loaded by path: these tests look at all packages from outside, and depend on none.
const loaded = (await import(pathToFileURL(join(root, 'protocol', 'src', 'brand.ts')).href)) as {
  readonly brand: Brand
}

/** The project's name, scope and environment prefix, from the one place where they are written. */
export const { brand } = loaded
