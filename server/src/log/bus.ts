import type { Seal } from '../platform/seal.ts'
import type { CommittedRow } from './rows.ts'

/** Something that carries texts to whoever listens at the moment: it may lose, repeat, reorder or make up anything. */
export interface Carrier {
  tell(channel: string, text: string): void
  listen(channel: string, onText: (text: string) => void, onBegin: () => void): () => void
}

/** Who hears rows of an epoch. */
export interface Ear {
  /** A row, as often as it comes and in no order. */
  readonly onRow: (row: CommittedRow) => void
  /** Listening has begun (again): what was told before may not have come. */
  readonly onBegin: () => void
  /** Something that no process of this database has told. */
  readonly onRefused: () => void
}

/** Tells other processes of rows of the log before they look for them. A matter of speed, never relied on. */
export interface Bus {
  /** To be called once the row is committed. */
  tell(row: CommittedRow): void
  /** The answer ends it. */
  hear(epoch: string, ear: Ear): () => void
}

/** A row is at most some 30 KB; one of all settings may be larger, and is left to a look. */
const textMax = 262_144

const pattern = /^(\d{1,16}) (\d{1,17}) /

/**
 * The bus over a carrier. Rows are sealed for their epoch: who can write to the carrier and not read the database can at most repeat one, and
 * positions tell that.
 */
export function createBus(carrier: Carrier, seal: Seal): Bus {
  const channelOf = (epoch: string) => `log:${epoch}`
  return {
    tell({ epoch, position, atUs, changes }) {
      const channel = channelOf(epoch)
      if (changes.length <= textMax) carrier.tell(channel, seal.close(channel, `${position} ${atUs} ${changes}`))
    },
    hear(epoch, { onRow, onBegin, onRefused }) {
      const channel = channelOf(epoch)
      const onText = (sealed: string) => {
        const row = rowOf(epoch, seal.open(channel, sealed))
        if (row === undefined) onRefused()
        else onRow(row)
      }
      return carrier.listen(channel, onText, onBegin)
    },
  }
}

function rowOf(epoch: string, text: string | undefined): CommittedRow | undefined {
  const found = pattern.exec(text ?? '')
  if (text === undefined || found === null) return undefined
  const [head, position, atUs] = found
  return { epoch, position: Number(position), atUs: Number(atUs), changes: text.slice(head.length) }
}
