import { SingleBar } from 'cli-progress'
import type { Progress } from './report.ts'
import { grouped } from './text.ts'

/** Where there is no terminal to draw on, a line this often. */
const lineEveryMs = 2_000

/** Shows an import's progress. */
export interface ProgressPrinter {
  onProgress(progress: Progress): void
  /** Takes the bar away, before the report is printed. */
  stop(): void
}

/**
 * Draws a bar on a terminal; writes a plain line every two seconds to anything else.
 *
 * @param what has happened to so many rows: `SKUs in`
 */
export function createProgressPrinter(stream: NodeJS.WriteStream, what: string): ProgressPrinter {
  return stream.isTTY ? barPrinter(stream, what) : linePrinter(stream, what)
}

/** `4,212 SKUs in, 3 not, 2,730/s` */
function progressText({ done, rejected, elapsedMs }: Progress, what: string): string {
  const perSecond = Math.round((done + rejected) / Math.max(elapsedMs / 1000, 0.001))
  const not = rejected === 0 ? '' : `, ${grouped(rejected)} not`
  return `${grouped(done)} ${what}${not}, ${grouped(perSecond)}/s`
}

function share({ bytes, totalBytes }: Progress): number | undefined {
  return totalBytes === undefined || totalBytes === 0 ? undefined : Math.min(bytes / totalBytes, 1)
}

function barPrinter(stream: NodeJS.WriteStream, what: string): ProgressPrinter {
  const bar = new SingleBar({
    stream,
    format: '{bar} {percentage}%  {text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  })
  let isStarted = false
  return {
    onProgress(progress) {
      if (!isStarted) bar.start(1_000, 0, { text: '' })
      isStarted = true
      bar.update(Math.round((share(progress) ?? 0) * 1_000), { text: progressText(progress, what) })
    },
    stop() {
      if (isStarted) bar.stop()
    },
  }
}

function linePrinter(stream: NodeJS.WritableStream, what: string): ProgressPrinter {
  let nextAtMs = lineEveryMs
  return {
    onProgress(progress) {
      if (progress.elapsedMs < nextAtMs) return
      nextAtMs = progress.elapsedMs + lineEveryMs
      const part = share(progress)
      const percent = part === undefined ? '' : ` (${Math.floor(part * 100)} % of the file)`
      stream.write(`${progressText(progress, what)}${percent}\n`)
    },
    stop() {},
  }
}
