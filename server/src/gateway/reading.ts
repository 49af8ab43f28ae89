import type { Replica } from '../replica/replica.ts'

/** How long a read waits for the position it asks for. */
const MIN_POSITION_WAIT_MS = 5_000
/** Items of a page where none are asked for. */
export const LIMIT_DEFAULT = 50

export const BAD_CURSOR = 'The cursor is none of ours: take `next` of the page before, as it is.'

/** Why a read does not see the position that it asks for. */
interface Missed {
  readonly slug: 'position-not-reached' | 'position-unknown'
  readonly detail: string
}

/** Waits until a position can be seen, and no longer than whoever asks does. Answers what is the matter where it cannot. */
export async function awaitPosition(
  { replica }: { readonly replica: Pick<Replica, 'waitFor' | 'epoch'> },
  position: string,
  deadlineMs = Infinity,
): Promise<Missed | undefined> {
  const outcome = await replica.waitFor(position, Math.min(MIN_POSITION_WAIT_MS, deadlineMs))
  if (outcome === 'reached') return undefined
  return outcome === 'timeout'
    ? { slug: 'position-not-reached', detail: `Position ${position} was not reached within 5 s.` }
    : {
        slug: 'position-unknown',
        detail: `Position ${position} is of another epoch of the log than ${replica.epoch()}: read without it.`,
      }
}

/** `sku@location`, where a page of levels ended; null for anything else. */
export function levelCursor(text: string): { readonly sku: string; readonly location: string } | null {
  const [sku, location, more] = text.split('@')
  return sku && location && more === undefined ? { sku, location } : null
}
