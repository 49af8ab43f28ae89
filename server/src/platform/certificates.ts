import { readFile } from 'node:fs/promises'
import { messageOf, SetupError } from './setup-error.ts'

/**
 * The certificates that the settings name, as PEM; undefined where they name none. Throws SetupError where they cannot be read.
 *
 * @param whose whom they are to prove, for people
 */
export async function readCertificates(path: string | undefined, whose: string): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SetupError(`The certificates for ${whose} in ${path} cannot be read: ${messageOf(error)}.`)
  }
}
