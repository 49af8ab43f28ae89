import type { Wine } from '@cellarhand/protocol/catalogue'
import { memo, useId } from 'react'
import { capsuleOf, glassOf, type Glass } from './glass.ts'
import { LabelDrawing } from './label-drawing.tsx'
import { heightOf, outlines, pathOf, shapeOf, type Outline } from './shape.ts'

/** Half the width of the drawing, mm: the widest bottle and its stroke. */
const HALF = 46

interface BottleProps {
  readonly wine: Wine
  readonly vintage: string
}

/** A wine's bottle, drawn from the wine itself. It says nothing that the text beside it does not say: hidden from screen readers. */
export const Bottle = memo(function Bottle({ wine, vintage }: BottleProps) {
  const id = useId()
  const shape = shapeOf(wine)
  const outline = outlines[shape]
  const glass = glassOf(wine, shape)
  return (
    <svg viewBox={`${-HALF} 0 ${HALF * 2} 304`} aria-hidden="true" className="bottle h-full w-full">
      <clipPath id={id}>
        <path d={pathOf(outline)} />
      </clipPath>
      <g clipPath={`url(#${CSS.escape(id)})`}>
        <Body outline={outline} glass={glass} />
        <Capsule outline={outline} colour={capsuleOf(wine, shape)} crown={shape === 'champagne'} />
        <LabelDrawing wine={wine} vintage={vintage} area={outline.label} />
        <Shine outline={outline} />
      </g>
      <path d={pathOf(outline)} className="bottle-edge" style={{ stroke: glass.edge }} />
    </svg>
  )
})

function Body({ outline, glass }: { outline: Outline; glass: Glass }) {
  return (
    <>
      <rect x={-HALF} y="0" width={HALF * 2} height="304" fill={glass.body} />
      {glass.wine !== undefined && (
        <rect
          x={-HALF}
          y={outline.fill}
          width={HALF * 2}
          height={304 - outline.fill}
          fill={glass.wine}
          opacity="0.85"
        />
      )}
      <path
        d={`M-30 302 Q0 ${302 - outline.punt * 2} 30 302 Z`}
        fill={glass.edge}
        opacity={glass.wine === undefined ? 0.55 : 0.28}
      />
    </>
  )
}

function Capsule({ outline, colour, crown }: { outline: Outline; colour: string; crown: boolean }) {
  const to = outline.capsuleTo
  return (
    <>
      <path
        d={crown ? `M-46 0 H46 V${to - 10} Q0 ${to + 12} -46 ${to - 10} Z` : `M-46 0 H46 V${to} H-46 Z`}
        fill={colour}
      />
      <path d="M-46 14 H46" stroke="#000" strokeOpacity="0.25" strokeWidth="1.4" />
      <path
        d={crown ? `M-46 ${to - 12} Q0 ${to + 10} 46 ${to - 12}` : `M-46 ${to - 3} H46`}
        fill="none"
        stroke="#FFF"
        strokeOpacity="0.3"
        strokeWidth="1"
      />
    </>
  )
}

/** Light from the left, a shade on the right: two strips that follow the shoulder by the clip. */
function Shine({ outline }: { outline: Outline }) {
  const { label } = outline
  return (
    <>
      <rect x={-label.halfWidth + 2} y={label.top - 34} width="4" height="170" rx="2" fill="#FFF" opacity="0.2" />
      <rect x={-outline.neck + 4} y="18" width="3" height={outline.capsuleTo + 8} rx="1.5" fill="#FFF" opacity="0.22" />
      <rect x={label.halfWidth - 5} y="90" width="14" height="214" fill="#000" opacity="0.16" />
    </>
  )
}

/** A format's silhouette beside others of the wine: the same outline, as tall as its content makes it, on one ground line. */
export const Silhouette = memo(function Silhouette({ wine, formatMl }: { wine: Wine; formatMl: number }) {
  const scale = heightOf(formatMl) / heightOf(6_000)
  return (
    <svg viewBox="-46 0 92 304" aria-hidden="true" className="h-full w-full">
      <g transform={`translate(0 304) scale(${scale}) translate(0 -304)`}>
        <path d={pathOf(outlines[shapeOf(wine)])} />
      </g>
    </svg>
  )
})
