import { pick } from './glass.ts'

/** A label as laid out: lines of the producer's name and how large they may be, in millimetres of the bottle. */
export interface Label {
  readonly lines: readonly string[]
  readonly size: number
  readonly design: Design
  readonly paper: string
  readonly ink: string
  readonly accent: string
}

type Ink = Pick<Label, 'paper' | 'ink' | 'accent'>

type Design = 'framed' | 'banded' | 'crested' | 'ruled'

/** Widest a capital of the label's face is, in its own size: measured on Cormorant Garamond, with room for its spacing. */
const CAPITAL_WIDTH = 0.72
const LINES_MAX = 3
const SIZE_MAX = 14
const SIZE_MIN = 5

const designs = ['framed', 'banded', 'crested', 'ruled'] as const satisfies readonly Design[]
const inks: readonly [Ink, ...Ink[]] = [
  { paper: '#FBF6E9', ink: '#2B2022', accent: '#7A1F33' },
  { paper: '#F4EBD6', ink: '#2E2417', accent: '#8A6B2B' },
  { paper: '#FFFDF7', ink: '#1E2430', accent: '#27406B' },
  { paper: '#F7F1E6', ink: '#22302A', accent: '#2F6B4F' },
]

/** Lays a producer's name out on a label of this width (mm). The same name always looks the same. Pure. */
export function labelOf(producer: string, width: number): Label {
  const lines = breakLines(producer)
  const longest = Math.max(1, ...lines.map((line) => line.length))
  const size = Math.min(SIZE_MAX, Math.max(SIZE_MIN, (width * 0.9) / (longest * CAPITAL_WIDTH)))
  return { lines, size, design: pick(designs, producer), ...pick(inks, `${producer}.`) }
}

/** Breaks a name into at most three lines of about the same length; what is over is cut off with a point. Pure. */
export function breakLines(name: string): readonly string[] {
  const words = name.split(/\s+/).filter((word) => word !== '')
  const target = Math.max(9, Math.ceil(words.join(' ').length / LINES_MAX))
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && `${last} ${word}`.length <= target) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.slice(0, LINES_MAX).map((line) => (line.length > 16 ? `${line.slice(0, 15)}.` : line))
}
