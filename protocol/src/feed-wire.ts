import {
  clientFrames,
  closeCodes,
  Closing,
  FEED_CLIENT_FRAME_MAX,
  FEED_VERSION,
  PollAnswer,
  serverFrames,
} from './feed.ts'

/** JSON Schema, as far as the frames' schemas go. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly enum?: readonly unknown[]
  readonly [word: string]: unknown
}

/** Words that tell people something, and programs nothing. */
const silent: ReadonlySet<string> = new Set(['description', 'title', 'examples'])
/** Words that have lines of their own. */
const spelt: ReadonlySet<string> = new Set(['properties', 'required', 'items', 'anyOf', 'enum'])

/**
 * The wire of the feed as lines of text, sorted: a line for each frame, field, alternative and permitted word, with all that restricts it. Whatever a program could notice of
 * the schemas is in it, and nothing that only people read.
 */
export function wireLines(): string[] {
  const frames = [
    ...Object.entries(clientFrames).flatMap(([name, frame]) => linesOf(`client ${name}`, frame as unknown as Shape)),
    ...Object.entries(serverFrames).flatMap(([name, frame]) => linesOf(`server ${name}`, frame as unknown as Shape)),
  ]
  const codes = Object.entries(closeCodes).map(([cause, { code }]) => `close ${cause}: ${code}`)
  const closing = linesOf('server closing, over Socket.IO', Closing as unknown as Shape)
  const limit = `client frames: ${FEED_CLIENT_FRAME_MAX} bytes`
  return [...frames, ...closing, ...codes, limit, ...linesOf('poll', PollAnswer as unknown as Shape)].toSorted()
}

function linesOf(path: string, shape: Shape): string[] {
  const { properties = {}, required = [], items, anyOf = [], enum: words = [] } = shape
  const said = Object.entries(shape).filter(([word]) => !silent.has(word) && !spelt.has(word))
  return [
    `${path}:${said.map(([word, value]) => ` ${word}=${JSON.stringify(value)}`).join('')}`,
    ...words.map((word) => `${path} may be ${JSON.stringify(word)}`),
    ...(items ? linesOf(`${path}[]`, items) : []),
    ...anyOf.flatMap((one, place) => linesOf(`${path}|${place}`, one)),
    ...Object.entries(properties).flatMap(([name, field]) =>
      linesOf(`${path}.${name}${required.includes(name) ? '' : '?'}`, field),
    ),
  ]
}

/** The file that the wire is held against. */
export const wireText = (lines: readonly string[]): string => `version ${FEED_VERSION}\n${lines.join('\n')}\n`

/**
 * What of the wire a program of before could trip over, as the lines that are gone or that ask for more: a changed line is one that is gone. New fields and frames of the server are none; nor is
 * what a client may leave out.
 */
export function breaksIn(before: readonly string[], now: readonly string[]): string[] {
  const known = new Set(before)
  const kept = new Set(now)
  const gone = before.filter((line) => !kept.has(line)).map((line) => `- ${line}`)
  const asked = now.filter((line) => !known.has(line) && isAskedOf(line, known)).map((line) => `+ ${line}`)
  return [...gone, ...asked]
}

/** Whether a new line has a client say what it did not have to: a field that cannot be left out, in something that was there. */
function isAskedOf(line: string, known: ReadonlySet<string>): boolean {
  const [path = ''] = line.split(':')
  const holder = path.slice(0, path.lastIndexOf('.'))
  const wasThere = [...known].some((other) => other.startsWith(`${holder}:`))
  return path.startsWith('client ') && path.includes('.') && !path.endsWith('?') && wasThere
}
