import type { Static, TSchema } from 'typebox'
import { misfitOf } from '../misfit.ts'
import type { Refusal } from '../../stock/stock.ts'

/** What is asked, if it fits its schema; otherwise the first thing that does not. */
export function fitting<S extends TSchema>(schema: S, asked: unknown): { readonly asked: Static<S> } | Refusal {
  const misfit = misfitOf(schema, asked)
  if (!misfit) return { asked: asked as Static<S> }
  const where = misfit.path === '' ? 'The request' : misfit.path.slice(1)
  return { slug: 'invalid-request', detail: `${where} ${misfit.message ?? 'does not fit'}.` }
}
