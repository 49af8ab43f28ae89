import type { Wine } from '@cellarhand/protocol/catalogue'
import { memo, useRef, useState } from 'react'
import { BottleLater } from '../bottle/bottle-later.tsx'
import { useNearScreen } from './on-screen.ts'
import { SkuRow } from './sku-row.tsx'
import { grapesOf, inOrder, originOf } from './wine-words.ts'

/** Rows of a wine shown before "Show all": a wine of forty vintages must not push the others away. */
const SHORT = 5

interface WineCardProps {
  readonly wine: Wine
}

/** A wine: its bottle, what it is, and a row for each of its SKUs. */
export const WineCard = memo(function WineCard({ wine }: WineCardProps) {
  const [all, setAll] = useState(false)
  const card = useRef<HTMLElement>(null)
  useNearScreen(card, wine.id)
  const skus = inOrder(wine.skus)
  const shown = all ? skus : skus.slice(0, SHORT)
  const drawn = skus.find((sku) => sku.formatMl === 750) ?? skus[0]
  return (
    <article ref={card} className="wine" aria-labelledby={`wine-${wine.id}`} data-testid="wine">
      <div className="wine-bottle">
        <BottleLater wine={wine} vintage={String(drawn?.vintage ?? '')} />
      </div>
      <header className="wine-head">
        {wine.producer && wine.producer !== wine.name && <p className="font-semibold tracking-wide">{wine.producer}</p>}
        <h3 id={`wine-${wine.id}`} className="font-display text-[1.75rem] leading-8 text-balance">
          {wine.name}
        </h3>
        <p className="text-muted">{originOf(wine)}</p>
        <p className="text-sm text-muted">
          {[styleOf(wine), grapesOf(wine)].filter((part) => part !== '').join(' · ')}
        </p>
      </header>
      <ul className="wine-skus">
        {shown.map((sku) => (
          <SkuRow key={sku.sku} wine={wine} sku={sku} />
        ))}
        {skus.length > SHORT && (
          <li className="border-t border-rule py-2">
            <button type="button" className="link text-sm" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? 'Show fewer' : `Show all ${skus.length} vintages and sizes`}
            </button>
          </li>
        )}
      </ul>
    </article>
  )
})

const colours = { red: 'Red', white: 'White', rose: 'Rosé', orange: 'Orange' } as const

function styleOf(wine: Wine): string {
  const colour = wine.colour ? colours[wine.colour] : ''
  if (wine.style === 'still') return colour
  return colour === '' ? wine.style.charAt(0).toUpperCase() + wine.style.slice(1) : `${colour}, ${wine.style}`
}
