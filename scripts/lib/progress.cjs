'use strict'

// A log that is silent for longer than this looks hung.
const plainEveryMs = 10_000
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

function seconds(sinceMs) {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`
}

/** Repaints one line of a terminal; returns what clears it. */
function spin(paint) {
  let frame = 0
  const draw = () => {
    frame = (frame + 1) % frames.length
    const width = Math.max(20, (process.stderr.columns || 80) - 1)
    process.stderr.write(`\r\x1b[2K${`${frames[frame]} ${paint()}`.slice(0, width)}`)
  }
  draw()
  const timer = setInterval(draw, 100)
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\x1b[2K')
  }
}

/** Says on a line of its own, every so often, that work goes on; returns what ends it. */
function speak(paint) {
  const timer = setInterval(() => process.stderr.write(`  … ${paint()}\n`), plainEveryMs)
  return () => clearInterval(timer)
}

/**
 * Runs `work(report)` as a named step on stderr, with the time it took: one living line on a terminal, plain lines elsewhere.
 * `report(text)` adds how far it has come. Passes on what `work` returns or throws.
 */
async function step(title, work) {
  const began = Date.now()
  const tty = process.stderr.isTTY && !process.env.CI
  let detail = ''
  const paint = () => [title, detail, seconds(began)].filter(Boolean).join(', ')
  if (!tty) process.stderr.write(`  ${title}\n`)
  const clear = (tty ? spin : speak)(paint)
  let mark = '✗'
  try {
    const result = await work((text) => {
      detail = text
    })
    mark = '✓'
    return result
  } finally {
    clear()
    process.stderr.write(`${mark} ${title} (${seconds(began)})\n`)
  }
}

module.exports = { step }
