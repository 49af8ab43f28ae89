import type { CatalogueSku, Wine } from '@cellarhand/protocol/catalogue'
import { formatMoney } from '@cellarhand/protocol/money'
import { SilhouetteLater } from '../bottle/bottle-later.tsx'
import type { Entry } from '../feed/shown.ts'
import { useOffer } from '../feed/use-feed.ts'
import { HoldButton } from '../holds/hold-button.tsx'
import { useOwn } from '../holds/use-holds.tsx'
import { availabilityOf, whyNotHold } from './availability.ts'
import { basisOf, includedIn, perBottle } from './price.ts'
import { LotFacts, Parts } from './parts.tsx'
import { packOf, sizeOf, skuTitle, titleOf, unitOf } from './wine-words.ts'

interface SkuRowProps {
  readonly wine: Wine
  readonly sku: CatalogueSku
}

/** A SKU with what there is of it now, what it costs, and the way to hold it. */
export function SkuRow({ wine, sku }: SkuRowProps) {
  const offer = useOffer(sku.sku)
  return (
    <li className="sku-row" data-sku={sku.sku}>
      <SilhouetteLater wine={wine} formatMl={sku.formatMl} />
      <div className="sku-what">
        <span className="text-lg tabular-nums">{sku.madeOf ? kinds[sku.madeOf.kind] : sku.vintage}</span>
        <span className="text-sm text-muted">
          {sku.madeOf ? skuTitle(sku) : sizeOf(sku)}
          <br />
          {sku.madeOf ? '' : packOf(sku)}
        </span>
      </div>
      {typeof offer === 'string' ? (
        <p className="sku-none text-sm text-muted">{offer === 'unknown' ? '' : 'Not offered here'}</p>
      ) : (
        <OfferCells wine={wine} sku={sku} entry={offer} />
      )}
      {sku.madeOf && <Parts {...sku.madeOf} />}
      {sku.lot && <LotFacts lot={sku.lot} />}
    </li>
  )
}

const kinds = { bundle: 'Tasting set', mixed_case: 'Mixed case' } as const

function OfferCells({ wine, sku, entry }: { wine: Wine; sku: CatalogueSku; entry: Entry }) {
  const { offer } = entry
  const own = useOwn(offer.channel, offer.sku)
  const unit = unitOf(sku)
  const said = availabilityOf(offer, own)
  return (
    <>
      <div className="sku-stock">
        <Flash changes={entry.stockChanges} direction={entry.direction} />
        <p className={`tone-${said.tone} font-semibold tabular-nums`} data-testid="status">
          {said.word}
        </p>
        {[said.own, said.others]
          .filter((words) => words !== '')
          .map((words) => (
            <p key={words} className="live text-sm text-muted tabular-nums">
              {words}
            </p>
          ))}
      </div>
      <div className="sku-price">
        <Flash changes={entry.priceChanges} direction="other" />
        <p className="tabular-nums">
          <span className="live text-lg" data-testid="price">
            {formatMoney(offer.price)}
          </span>{' '}
          <span className="text-sm text-muted">{basisOf(unit, sku.pack)}</span>
        </p>
        <p className="text-sm text-muted">{includedIn(offer.price)}</p>
        <p className="text-sm text-muted tabular-nums">{perBottle(offer.price, sku.pack)}</p>
      </div>
      <div className="sku-hold">
        <HoldButton
          offer={offer}
          wanted={{ wineId: wine.id, title: `${titleOf(wine)} ${skuTitle(sku)}`, unit }}
          reason={whyNotHold(offer, unit, own.held)}
        />
      </div>
    </>
  )
}

/** One flash of the background for each change; where motion is unwelcome, a dot that says "changed" for a while. */
function Flash({ changes, direction }: { changes: number; direction: Entry['direction'] }) {
  if (changes === 0) return null
  return (
    <span key={changes} className={`flash flash-${direction}`} aria-hidden="true">
      <span className="changed">changed</span>
    </span>
  )
}
