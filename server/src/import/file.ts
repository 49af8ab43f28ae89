import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf, messageOf, SetupError } from '../platform/setup-error.ts'
import { createCsvReader, detectDelimiter, type CsvRecord } from './csv.ts'
import { createUtf8Check, decode, type Encoding } from './text.ts'

/** A CSV file: its path, or its bytes as they come with a name for messages. */
export type Source = string | { readonly name: string; readonly chunks: AsyncIterable<Buffer> }

/** Bytes read at a time: large enough to be quick, small enough that a row's text keeps little alive. */
const readBytes = 128 * 1024
/** Characters that may come before the first line ends. */
const headerCharsMax = 65_536

/** What is known of a file once all its bytes were looked at, before any row is taken. */
export interface Survey {
  readonly name: string
  /** absent for bytes that can be read only once */
  readonly bytes?: number
  /** SHA-256 of its content, in hex */
  readonly digest?: string
}

/** How a file is to be read. */
export interface ReadOptions {
  readonly encoding: Encoding
  readonly delimiter?: string | undefined
}

/**
 * Reads a file through once, so that one in another encoding is refused before anything of it is in.
 *
 * @throws SetupError naming line and byte of what is not in the encoding; or why the file cannot be read
 */
export async function surveyFile(source: Source, encoding: Encoding): Promise<Survey> {
  if (typeof source !== 'string') return { name: source.name }
  const name = basename(source)
  const about = await stat(source).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') throw new SetupError(`There is no file ${source}: check the path.`)
    throw new SetupError(`The file ${source} cannot be read: ${messageOf(error)}.`)
  })
  if (!about.isFile()) throw new SetupError(`${source} is not a file: give the path of a CSV file.`)
  const hash = createHash('sha256')
  const check = encoding === 'utf-8' ? createUtf8Check(name) : undefined
  for await (const chunk of bytesOf(source)) {
    hash.update(chunk)
    check?.push(chunk)
  }
  check?.end()
  return { name, bytes: about.size, digest: hash.digest('hex') }
}

async function* bytesOf(source: Source): AsyncGenerator<Buffer> {
  if (typeof source !== 'string') return yield* source.chunks
  try {
    yield* createReadStream(source, { highWaterMark: readBytes }) as AsyncIterable<Buffer>
  } catch (error) {
    throw new SetupError(`The file ${source} cannot be read: ${messageOf(error)}.`)
  }
}

/** A file whose first line was read. */
export interface OpenFile {
  readonly header: readonly string[]
  readonly delimiter: string
  /** The rows after it, some at a time. */
  readonly batches: AsyncGenerator<readonly CsvRecord[]>
  /** Bytes read so far. */
  bytesRead(): number
}

/** Opens a file and reads its first line, whose cells name the columns. Throws SetupError if it has none, or a name twice. */
export async function openFile(source: Source, name: string, options: ReadOptions): Promise<OpenFile> {
  let bytesRead = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of bytesOf(source)) {
      bytesRead += chunk.length
      yield chunk
    }
  }
  const chunks = decode(counted(), { encoding: options.encoding, what: name })
  const beginning = await readFirstLine(chunks, name)
  const delimiter = options.delimiter ?? detectDelimiter(beginning.line)
  const reader = createCsvReader(delimiter)
  const first = reader.push(beginning.text)
  const header = headerOf(first.shift() ?? reader.end()[0], name)
  async function* batches(): AsyncGenerator<readonly CsvRecord[]> {
    yield first
    for await (const text of chunks) yield reader.push(text)
    yield reader.end()
  }
  return { header, delimiter, batches: batches(), bytesRead: () => bytesRead }
}

async function readFirstLine(chunks: AsyncGenerator<string>, name: string): Promise<{ line: string; text: string }> {
  let text = ''
  while (!text.trimStart().includes('\n')) {
    const next = await chunks.next()
    if (next.done) break
    text += next.value
    if (text.length > headerCharsMax && !text.includes('\n')) {
      throw new SetupError(`${name} has no line end in its first ${headerCharsMax} characters: is it a CSV file?`)
    }
  }
  const line = text.trimStart().split('\n', 1)[0] ?? ''
  if (line.trim() === '') throw new SetupError(`${name} is empty: its first line has to name the columns.`)
  return { line, text }
}

function headerOf(record: CsvRecord | undefined, name: string): readonly string[] {
  if (record?.kind !== 'row') {
    throw new SetupError(`The first line of ${name} is broken: ${record?.reason ?? 'it has to name the columns'}.`)
  }
  const header = record.cells.map((cell) => cell.trim())
  const twice = header.find((column, index) => column !== '' && header.indexOf(column) !== index)
  if (twice !== undefined) throw new SetupError(`${name} has two columns "${twice}": rename one of them.`)
  return header
}
