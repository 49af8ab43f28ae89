/** One value for each step; undefined where it is not known. */
export interface Line {
  readonly name: string
  readonly colour: string
  readonly values: readonly (number | undefined)[]
}

/** A picture of its own, beside others of the same steps. */
export interface Panel {
  readonly title: string
  readonly lines: readonly Line[]
}

const panel = { width: 420, height: 240, left: 62, right: 14, top: 46, bottom: 34 }
export const wine = '#7b1e3a'
export const slate = '#3d5a73'
export const gold = '#a8802a'

/** Panels side by side over the same steps, which are drawn by powers of ten and stand from the least to the most. */
export function drawPanels(label: string, xs: readonly number[], panels: readonly Panel[]): string {
  const width = panel.width * panels.length
  const drawn = panels.map(({ title, lines }) => panelOf(title, xs, lines))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panel.height}" width="${width}" height="${panel.height}" role="img"`,
    `  aria-label="${label}" font-family="system-ui, sans-serif" font-size="11" fill="#333">`,
    `<rect width="${width}" height="${panel.height}" fill="#fff"/>`,
    ...drawn.map((one, at) => `<g transform="translate(${at * panel.width} 0)">\n${one}\n</g>`),
    '</svg>\n',
  ].join('\n')
}

function panelOf(title: string, xs: readonly number[], lines: readonly Line[]): string {
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== undefined))
  const top = roundUp(Math.max(0, ...known))
  const x = across(xs)
  const y = (value: number) => panel.height - panel.bottom - (value / top) * (panel.height - panel.top - panel.bottom)
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => gridLine(y(part * top), shown(part * top)))
  const ticks = powersOfTen(xs).map(
    (power) =>
      `<text x="${x(power).toFixed(1)}" y="${panel.height - 14}" text-anchor="middle">${power.toLocaleString('en')}</text>`,
  )
  const heading = `<text x="${panel.left}" y="18" font-size="13" font-weight="600">${title}</text>`
  return [heading, ...grid, ...ticks, ...lines.map((line, at) => lineOf(line, at, xs.map(x), y))].join('\n')
}

function across(xs: readonly number[]): (value: number) => number {
  const [least, most] = [Math.log10(xs[0] ?? 1), Math.log10(xs.at(-1) ?? 10)]
  const room = panel.width - panel.left - panel.right - 20
  return (value) => panel.left + 10 + ((Math.log10(value) - least) / Math.max(most - least, 1e-9)) * room
}

function powersOfTen(xs: readonly number[]): number[] {
  const [least, most] = [xs[0] ?? 1, xs.at(-1) ?? 1]
  return Array.from({ length: 8 }, (_, power) => 10 ** power).filter((power) => power >= least && power <= most)
}

/** The next 1, 2 or 5 with zeros. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)))
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

const shown = (value: number) => Number(value.toPrecision(3)).toLocaleString('en')

function gridLine(y: number, label: string): string {
  const at = y.toFixed(1)
  return [
    `<line x1="${panel.left}" x2="${panel.width - panel.right}" y1="${at}" y2="${at}" stroke="#e3e3e3"/>`,
    `<text x="${panel.left - 6}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label}</text>`,
  ].join('')
}

function lineOf(
  { name, colour, values }: Line,
  index: number,
  xs: readonly number[],
  y: (value: number) => number,
): string {
  const points = values.flatMap((value, at) => (value === undefined ? [] : [{ x: xs[at] ?? 0, y: y(value) }]))
  const path = points.map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(' ')
  const dots = points.map(
    (point) => `<circle cx="${point.x.toFixed(1)}" cy="${point.y.toFixed(1)}" r="3" fill="${colour}"/>`,
  )
  const legend = `<text x="${panel.left + index * 110}" y="34" fill="${colour}">● ${name}</text>`
  return [`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`, ...dots, legend].join('')
}
