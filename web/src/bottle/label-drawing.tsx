import type { Wine } from '@cellarhand/protocol/catalogue'
import { labelOf, type Label } from './label.ts'
import type { Outline } from './shape.ts'

interface LabelDrawingProps {
  readonly wine: Wine
  readonly vintage: string
  readonly area: Outline['label']
}

/** The label on a drawn bottle: the producer's name broken into lines, the appellation, the vintage. */
export function LabelDrawing({ wine, vintage, area }: LabelDrawingProps) {
  const width = area.halfWidth * 2
  const height = area.bottom - area.top
  const label = labelOf(wine.producer ?? wine.name, width)
  const leading = label.size * 1.12
  // A crest takes the head of the label: the name stands lower.
  const middle = label.design === 'crested' ? 0.48 : 0.42
  const firstLine = area.top + height * middle - ((label.lines.length - 1) * leading) / 2
  const placed = label.lines.map((line, index) => ({ line, y: firstLine + index * leading + label.size * 0.3 }))
  return (
    <g textAnchor="middle" fontFamily="var(--font-display)" fill={label.ink}>
      <rect x={-area.halfWidth} y={area.top} width={width} height={height} rx="1.5" fill={label.paper} />
      <Ornament label={label} area={area} />
      {placed.map(({ line, y }) => (
        <text key={y} y={y} fontSize={label.size} fontWeight="600">
          {line}
        </text>
      ))}
      <line
        x1="-9"
        x2="9"
        y1={area.top + height * 0.71}
        y2={area.top + height * 0.71}
        stroke={label.accent}
        strokeWidth="0.8"
      />
      <text y={area.top + height * 0.88} fontSize="11" fontWeight="600" fill={label.accent}>
        {vintage}
      </text>
    </g>
  )
}

function Ornament({ label, area }: { label: Label; area: Outline['label'] }) {
  const left = -area.halfWidth
  const width = area.halfWidth * 2
  const { top, bottom } = area
  switch (label.design) {
    case 'framed':
      return (
        <rect
          x={left + 3}
          y={top + 3}
          width={width - 6}
          height={bottom - top - 6}
          fill="none"
          stroke={label.accent}
          strokeWidth="0.8"
        />
      )
    case 'banded':
      return <rect x={left} y={top} width={width} height="8" fill={label.accent} />
    case 'crested':
      return <path d={`M0 ${top + 4} l6 4 v5 q0 5 -6 8 q-6 -3 -6 -8 v-5 z`} fill={label.accent} />
    case 'ruled':
      return (
        <path
          d={`M${left} ${top + 6} h${width} M${left} ${bottom - 6} h${width}`}
          stroke={label.accent}
          strokeWidth="1.2"
        />
      )
  }
}
