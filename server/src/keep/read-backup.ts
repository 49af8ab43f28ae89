import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { createGunzip } from 'node:zlib'
import { codeOf, SetupError } from '../platform/setup-error.ts'
import { foreign, headerFrom, trailerFrom, type Header, type TableSum, type Trailer } from './maker.ts'
import { createSum, endOfRows, lineFeed, wholeLines } from './rows.ts'
import { digestIn, newHash, sealBytes } from './seal.ts'

/** A part of a backup, in the order of the file. Rows are whole lines as COPY reads them. */
export type Part =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'rows'; readonly table: string; readonly rows: number; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly sum: TableSum }
  | { readonly kind: 'trailer'; readonly trailer: Trailer }

/** A header names every column of some forty tables, in some 20 KB. */
const headerBytesMax = 4 * 1024 * 1024

const gzipMagic = Buffer.from([0x1f, 0x8b, 8])
const endAfterRow = Buffer.concat([Buffer.from('\n'), endOfRows])

const torn = (path: string) =>
  new SetupError(`${path} is torn: its end is missing. It was cut short, as a whole or as a copy: take another.`)
const damaged = (path: string) =>
  new SetupError(`${path} is damaged: its bytes are not those that were written. Take another copy of it.`)

/**
 * The header of a backup, without looking at the rest.
 *
 * @throws SetupError for a file that is not there, empty, foreign, or torn before its end
 */
async function readHeader(path: string): Promise<Header> {
  const file = await openToRead(path)
  try {
    const { size } = await file.stat()
    if (size === 0) throw new SetupError(`${path} is empty. Look whether it is the right file.`)
    const magic = Buffer.alloc(Math.min(size, gzipMagic.length))
    await file.read(magic, 0, magic.length, 0)
    if (!gzipMagic.subarray(0, magic.length).equals(magic)) throw foreign(path, 'backup')
    return headerFrom(await firstLine(path), path)
  } finally {
    await file.close()
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new SetupError(`There is no file ${path}.`, { cause: error })
    if (codeOf(error) === 'EACCES') throw new SetupError(`You may not read ${path}.`, { cause: error })
    throw error
  }
}

async function firstLine(path: string): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of unzipped(path, createReadStream(path))) {
    const end = chunk.indexOf(lineFeed)
    parts.push(end === -1 ? chunk : chunk.subarray(0, end))
    bytes += chunk.length
    if (end !== -1) return Buffer.concat(parts).toString()
    if (bytes > headerBytesMax) break
  }
  throw foreign(path, 'backup')
}

/** What zlib finds wrong, in a sentence: it knows an end that is missing from bytes that are wrong. */
async function* unzipped(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  const feed = pour(bytes, gunzip)
  try {
    yield* gunzip as AsyncIterable<Buffer>
    await feed
  } catch (error) {
    if (codeOf(error) === 'Z_BUF_ERROR') throw torn(path)
    if (String(codeOf(error)).startsWith('Z_')) throw damaged(path)
    throw error
  } finally {
    gunzip.destroy()
    await feed.catch(() => {})
  }
}

/** Writes no faster than it is read, and stops when nobody reads on. */
async function pour(bytes: AsyncIterable<Buffer>, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  for await (const chunk of bytes) {
    if (gunzip.destroyed) return
    if (!gunzip.write(chunk)) await untilFree(gunzip)
  }
  gunzip.end()
}

function untilFree(gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    const free = () => {
      for (const event of ['drain', 'close', 'error']) gunzip.off(event, free)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) gunzip.on(event, free)
  })
}

/**
 * Reads a backup from its beginning to its end, part by part, in bounded memory. What it gives is only sure once it has come to its end: then every
 * byte of the file was as it was written, and every table had the rows that the trailer says.
 *
 * @throws SetupError, with a reason for each, where it was not
 */
export async function* readBackup(path: string): AsyncGenerator<Part> {
  await readHeader(path)
  const file = await openToRead(path)
  try {
    const { size } = await file.stat()
    const seal = Buffer.alloc(sealBytes)
    if (size > sealBytes) await file.read(seal, 0, sealBytes, size - sealBytes)
    const digest = digestIn(seal)
    if (digest === undefined) throw torn(path)
    const hash = newHash()
    const tee = async function* () {
      const bytes = file.createReadStream({ start: 0, end: size - sealBytes - 1, autoClose: false })
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        hash.update(chunk)
        yield chunk
      }
    }
    yield* partsOf(
      path,
      wholeLines(unzipped(path, tee()), () => damaged(path)),
    )
    if (hash.digest('hex') !== digest) throw damaged(path)
  } finally {
    await file.close()
  }
}

/** The header, then each table that it names, then the trailer, and nothing behind it. */
async function* partsOf(path: string, blocks: AsyncGenerator<Buffer>): AsyncGenerator<Part> {
  const reader = createLineReader(path, blocks)
  const header = headerFrom((await reader.line()).toString(), path)
  yield { kind: 'header', header }
  const sums: TableSum[] = []
  for (const { table } of header.tables) {
    const sum = createSum(table)
    for await (const bytes of reader.untilEnd()) {
      yield { kind: 'rows', table, rows: sum.add(bytes), bytes }
    }
    const closed = sum.close()
    sums.push(closed)
    yield { kind: 'end', sum: closed }
  }
  const trailer = trailerFrom((await reader.line()).toString(), path)
  if (!isDeepStrictEqual(trailer.tables, sums) || (await reader.isMore())) throw damaged(path)
  yield { kind: 'trailer', trailer }
}

interface LineReader {
  line(): Promise<Buffer>
  /** Whole lines up to the end of a table's rows, which is taken away. */
  untilEnd(): AsyncGenerator<Buffer>
  isMore(): Promise<boolean>
}

function createLineReader(path: string, blocks: AsyncGenerator<Buffer>): LineReader {
  let block: Buffer = Buffer.alloc(0)
  async function fill(): Promise<boolean> {
    while (block.length === 0) {
      const next = await blocks.next()
      if (next.done) return false
      block = next.value
    }
    return true
  }
  function take(bytes: number): Buffer {
    const taken = block.subarray(0, bytes)
    block = block.subarray(bytes)
    return taken
  }
  return {
    isMore: fill,
    async line() {
      if (!(await fill())) throw torn(path)
      return take(block.indexOf(lineFeed) + 1)
    },
    async *untilEnd() {
      for (;;) {
        if (!(await fill())) throw torn(path)
        const rows = rowBytes(block)
        if (rows === undefined) {
          yield take(block.length)
          continue
        }
        if (rows > 0) yield take(rows)
        take(endOfRows.length)
        return
      }
    },
  }
}

/** How many bytes of whole lines come before the end of the rows; undefined where it is not among them. */
function rowBytes(lines: Buffer): number | undefined {
  if (lines.subarray(0, endOfRows.length).equals(endOfRows)) return 0
  const at = lines.indexOf(endAfterRow)
  return at === -1 ? undefined : at + 1
}
