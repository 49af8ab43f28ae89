import { createLater } from '../shell/later.ts'
import { useWho } from './who.ts'

const usePart = createLater(() => import('./account.tsx'))

/** Who reads this, in the head; its place is kept until it is known. */
export function AccountLater() {
  const part = usePart(0)
  const who = useWho()
  return <div className="account">{part && who && <part.Account who={who} />}</div>
}
