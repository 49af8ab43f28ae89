import type { CatalogueSku } from '@cellarhand/protocol/catalogue'
import { lotWords, partWords } from './wine-words.ts'

/** What is in a set or a mixed case. */
export function Parts({ kind, parts }: NonNullable<CatalogueSku['madeOf']>) {
  const title = kind === 'bundle' ? 'In this set' : 'In this case'
  return (
    <div className="sku-parts text-sm" data-testid="parts">
      <p aria-hidden="true" className="text-muted">
        {title}
      </p>
      <ul aria-label={title}>
        {parts.map((part) => (
          <li key={part.sku}>{partWords(part)}</li>
        ))}
      </ul>
    </div>
  )
}

/** Which bottles these are, where they are sold by themselves: beneath the row, since beside it a sentence is a ladder of single words. */
export function LotFacts({ lot }: { lot: NonNullable<CatalogueSku['lot']> }) {
  const title = `Lot ${lot.lot}`
  const facts = lotWords(lot)
  return (
    <div className="sku-parts text-sm" data-testid="lot">
      <p className="text-muted">{title}</p>
      {facts.length > 0 && (
        <ul aria-label={title}>
          {facts.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
