import type { CatalogueSku } from '@cellarhand/protocol/catalogue'
import { partWords } from './wine-words.ts'

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
