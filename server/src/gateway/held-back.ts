import type { ProblemSlug } from '@cellarhand/protocol/problem'
import type { Caller } from '../access/access.ts'
import type { HeldBack } from '../conduct/conduct.ts'
import { unreachable } from '../platform/must.ts'
import type { Command } from '../stock/stock.ts'
import type { Services } from './services.ts'

/** A claim that is not made, because of what became of others of theirs, or from there. */
export interface HeldBackAct {
  readonly kind: 'heldBack'
  readonly slug: Extract<ProblemSlug, 'too-many-requests' | 'proof-required' | 'forbidden'>
  readonly detail: string
  readonly members?: Readonly<Record<string, string | number>>
  readonly retryAfterS?: number | undefined
  readonly position: string
}

type Told = Omit<HeldBackAct, 'position'>

/** Whether a customer or a guest may claim something, or more time for it. What they are told names no figures: who wants to stay below them is not to learn them. */
export function meetConduct(
  { conduct, access, replica }: Pick<Services, 'conduct' | 'access' | 'replica'>,
  caller: Caller,
  {
    operation,
    address = '',
    command,
  }: { readonly operation: string; readonly address?: string | undefined; readonly command: Command },
): HeldBackAct | undefined {
  const skus = command.kind === 'hold' ? command.lines.map(({ sku }) => sku) : []
  const heldBack = conduct.meet(caller, address, skus)
  if (!heldBack) return undefined
  const told = toldOf(caller, heldBack)
  if (conduct.isNews(heldBack)) {
    const { score, reasons } = conduct.look(heldBack.party)
    const detail = { verdict: heldBack.verdict, score, reasons }
    access.recorder.refused(caller, { operation, outcome: told.slug, target: heldBack.party, detail }, { address })
  }
  return { ...told, position: replica.position() }
}

function toldOf(caller: Caller, { verdict, retryAfterS }: HeldBack): Told {
  switch (verdict) {
    case 'slow':
    case 'stop': {
      const detail = `Much was held and not bought: come back in ${retryAfterS} s.`
      return { kind: 'heldBack', slug: 'too-many-requests', detail, retryAfterS }
    }
    case 'prove': {
      const isGuest = !caller.subject.startsWith('user:')
      const detail = isGuest
        ? 'Much was held and not bought. Sign in to hold more.'
        : 'Much was held and not bought. Sign in again, with your password, to hold more.'
      const members = { signIn: '/session/sign-in' }
      return { kind: 'heldBack', slug: 'proof-required', detail, members }
    }
    case 'blocked': {
      const detail = 'Holding is closed to you for now. Whoever runs this cellar can open it again.'
      return { kind: 'heldBack', slug: 'forbidden', detail }
    }
    default:
      return unreachable(verdict)
  }
}
