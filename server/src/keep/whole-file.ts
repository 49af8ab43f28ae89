import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, SetupError } from '../platform/setup-error.ts'

/** Refuses a path that is taken: a good backup is never written over. */
export function assertFree(path: string): void {
  if (existsSync(path)) throw new SetupError(`There is a ${path} already: give another name, or move it away.`)
}

/**
 * Writes a file that is there whole or not at all: under another name in the same folder (`NAME.….partial`), forced to disk, then renamed. Whoever is killed
 * leaves the partial file, and nothing of the good name. Only its owner may read it.
 */
export async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`
  const file = await openNew(partial)
  try {
    await write(file)
    await file.sync()
    await file.close()
    await rename(partial, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await file.close().catch(() => {})
    await rm(partial, { force: true })
    throw inWords(error, path)
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    throw inWords(error, path)
  }
}

/** A name is only sure to be on disk when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there: make it first',
  ENOTDIR: 'what should be its folder is a file',
  EACCES: 'you may not write there',
  EROFS: 'the disk there can only be read',
  ENOSPC: 'the disk is full: make room, or write to another',
}

/** What a person can put right, in a sentence. */
export function inWords(error: unknown, path: string): unknown {
  const reason = reasons[codeOf(error) ?? '']
  return reason === undefined ? error : new SetupError(`${path} cannot be written: ${reason}.`, { cause: error })
}
