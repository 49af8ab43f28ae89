import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { numberOf, slugOf } from '../recorder.ts'
import { send, type Answer, type Call } from '../request.ts'
import type { Errand } from './errand.ts'
import type { MonthOfErrands } from './trading.ts'

/** What became of an errand. */
export interface Told {
  readonly outcome: 'done' | 'refused' | 'not asked'
  /** The status, and of a refusal the kind: what two runs of a year have to have in common. */
  readonly text: string
  /** Digest of the whole answer, ids, times and the number of its position included; a restored log has another epoch. */
  readonly digest: string
  /** It had been done before, and was answered out of memory. */
  readonly replayed: boolean
}

/** Ids of what was made, by the errands' own names. */
export type Ids = Map<string, string>

/** Somebody who does the errands of a merchant's hands at one server. */
export interface Player {
  readonly ids: Ids
  readonly told: ReadonlyMap<string, Told>
  /** The number of the newest position it was told. */
  newest(): number
  /** Lets all hands do their errands, each hand one after the other; before each it waits as `pause` says. */
  play(month: MonthOfErrands, pause?: () => Promise<void>): Promise<void>
  /** Resolves when what is read at the server is no older than what this player was told of it. */
  untilSeen(): Promise<void>
  ask(errand: Errand): Promise<Told>
}

/** A server that is busy says so, and asks to be asked again. */
const TRIES_MOST = 40
const AGAIN_AFTER_MS = 500
/** A command of a hundred lines on a machine that does other things as well. */
const ANSWER_WITHIN_MS = 60_000

/** @param known ids that are known from before, as somebody has them who comes back to a restored server */
export function createPlayer(url: string, known: Ids = new Map()): Player {
  const ids: Ids = new Map(known)
  const told = new Map<string, Told>()
  let newest = 0
  let place: string | undefined
  const ask = async (errand: Errand): Promise<Told> => {
    const { key, path } = errand.call
    const id = errand.of === undefined ? '' : ids.get(errand.of)
    if (id === undefined) {
      const left: Told = { outcome: 'not asked', text: 'not asked', digest: '', replayed: false }
      told.set(key, left)
      return left
    }
    const answer = await untilAnswered(url, { ...errand.call, path: path.replace('{id}', id) })
    const one = toldOf(errand, answer)
    if (one.outcome === 'done' && errand.makes !== undefined) {
      ids.set(errand.makes, (JSON.parse(answer.body) as { id: string }).id)
    }
    const position = String(answer.headers['cellarhand-position'] ?? '')
    const number = numberOf(position) ?? 0
    if (number > newest) [newest, place] = [number, position]
    told.set(key, one)
    return one
  }
  const untilSeen = async (): Promise<void> => {
    if (place === undefined) return
    const path = `/v1/stock?limit=1&minPosition=${place}`
    const answer = await untilAnswered(url, { method: 'GET', path })
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${answer.body.slice(0, 400)}`)
  }
  return {
    ids,
    told,
    newest: () => newest,
    untilSeen,
    ask,
    play: async (month, pause) => {
      const hands = [...month.values()].map(async (errands) => {
        for (const errand of errands) {
          await pause?.()
          await ask(errand)
        }
      })
      await Promise.all(hands)
      await untilSeen()
    },
  }
}

async function untilAnswered(url: string, call: Call): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await send(url, call, ANSWER_WITHIN_MS).catch((error: unknown) => String(error))
    const isBusy = typeof answer === 'string' || [429, 503, 504].includes(answer.status)
    if (!isBusy) return answer
    if (tries >= TRIES_MOST) throw new Error(`${call.path} was not answered: ${JSON.stringify(answer).slice(0, 400)}`)
    await sleep(AGAIN_AFTER_MS)
  }
}

/** Of a position in an answer, `epoch.number`. */
const EPOCH = /("position":")[a-z0-9]+\./

/** Refusals that the world brings about. Any other is a mistake of ours, and of no use to go on with. */
const REFUSALS = [409, 412]

function toldOf({ call }: Errand, answer: Answer): Told {
  const digest = createHash('sha256').update(answer.body.replace(EPOCH, '$1')).digest('hex').slice(0, 24)
  const replayed = answer.headers['idempotency-replayed'] === 'true'
  if (answer.status < 300) return { outcome: 'done', text: String(answer.status), digest, replayed }
  if (!REFUSALS.includes(answer.status)) {
    throw new Error(`${call.method} ${call.path} was answered ${answer.status}: ${answer.body.slice(0, 400)}`)
  }
  return { outcome: 'refused', text: `${answer.status} ${slugOf(answer)}`, digest, replayed }
}
