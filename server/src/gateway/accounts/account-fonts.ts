import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The rules by which the storefront, as it was built, loads its letters; without one, nothing. Whoever comes from there has them already: these are the same files.
 *
 * @param pageFolder of the built storefront
 */
export async function storefrontFonts(pageFolder: string | undefined): Promise<string> {
  const assets = join(pageFolder ?? '', 'assets')
  if (pageFolder === undefined || !existsSync(assets)) return ''
  const styles = (await readdir(assets)).filter((name) => name.endsWith('.css'))
  const texts = await Promise.all(styles.map((name) => readFile(join(assets, name), 'utf8')))
  return texts.flatMap((text) => text.match(/@font-face\s*\{[^}]*\}/g) ?? []).join('\n')
}
