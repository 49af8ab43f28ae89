import { readFile } from 'node:fs/promises'
import { messageOf, SetupError } from '../setup-error.ts'

/** The certificates that the settings name, as PEM; undefined where they name none. Throws SetupError where they cannot be read. */
export async function readCertificates(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SetupError(`The certificates for Redis in ${path} cannot be read: ${messageOf(error)}.`)
  }
}
