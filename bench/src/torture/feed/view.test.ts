import { describe, expect, test } from 'vitest'
import type { ServerFrame } from '@cellarhand/protocol/feed'
import { checkCursors, timelineOf } from './replay.ts'
import { createView } from './view.ts'

const topic = 'channel:web'
const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
const offer = (sku: string, number: number, available = number) =>
  ({ sku, channel: 'web', available, held: 0, status: 'in_stock', price, position: `epoch.${number}` }) as const
const gone = (sku: string, number: number) =>
  ({ sku, channel: 'web', gone: true, position: `epoch.${number}` }) as const
const offers = (
  at: number | undefined,
  ...some: (ReturnType<typeof offer> | ReturnType<typeof gone>)[]
): ServerFrame => ({
  type: 'offers',
  topic,
  offers: some,
  ...(at === undefined ? {} : { cursor: `epoch.${at}` }),
})
const ready = (at: number, resumed = false): ServerFrame => ({ type: 'ready', topic, resumed, cursor: `epoch.${at}` })

/** SKU `a` is priced and delivered, `b` comes, `a` changes and `b` goes. */
const rows = [
  { position: 3, changes: { prices: [['b', 'web']] as const } },
  { position: 4, changes: { levels: [['a', 'shop']] as const } },
  { position: 5, changes: { withdrawn: [['b', 'web']] as const } },
]
const timeline = timelineOf(rows, ['a@web'], { web: ['shop'] })

/** What is said of a client that is sent these frames, on one line or, where there is an `undefined`, on another. */
function complaintsOf(frames: readonly (ServerFrame | undefined)[]): string[] {
  const complaints: string[] = []
  const view = createView(new Map(), (what) => complaints.push(what))
  view.begin([topic])
  for (const frame of frames) {
    if (frame === undefined) view.begin([topic])
    else view.take(frame)
  }
  return [...complaints, ...checkCursors(topic, view.kept.get(topic)?.told ?? [], timeline)]
}

const calm = [
  offers(undefined, offer('a', 2)),
  ready(2),
  offers(3, offer('b', 3)),
  offers(4, offer('a', 4)),
  offers(5, gone('b', 5)),
]

describe('the judge of the feed', () => {
  test('has nothing to say of a feed that keeps its promises, whole or gone on from', () => {
    expect(complaintsOf(calm)).toEqual([])
    expect(
      complaintsOf([...calm.slice(0, 3), undefined, offers(undefined, offer('a', 4), gone('b', 5)), ready(5, true)]),
    ).toEqual([])
    expect(complaintsOf([...calm.slice(0, 3), undefined, offers(undefined, offer('a', 4)), ready(5)])).toEqual([])
  })

  test.each([
    ['a change that is left out', calm.toSpliced(3, 1), 'a@web changed at 4, was told as of 2'],
    [
      'a change that is left out and covered by a later cursor alone',
      [...calm.slice(0, 2), { type: 'progress', cursor: 'epoch.3' } as ServerFrame],
      'b@web changed at 3',
    ],
    [
      'an offer that is gone and not told of',
      [...calm.slice(0, 4), { type: 'progress', cursor: 'epoch.5' } as ServerFrame],
      'b@web left at 5',
    ],
    ['a value that comes twice', [...calm, offers(5, offer('a', 4))], 'comes at 4 after 4'],
    ['an older value behind a newer', [...calm, offers(5, offer('a', 2))], 'comes at 2 after 4'],
    [
      'an older value of what has left, on the next line',
      [...calm, undefined, offers(undefined, offer('b', 3))],
      'had left at 5',
    ],
    ['two things at one position', [...calm, undefined, offers(undefined, offer('a', 4, 99))], 'is two things'],
    ['a cursor that goes back', [...calm, offers(4, offer('a', 6))], 'goes back'],
    ['a cursor before all is there', [offers(2, offer('a', 2)), ready(2)], 'before it is whole'],
    [
      'a reset for no reason',
      [...calm, { type: 'reset', topic, reason: 'rebuilt' } as ServerFrame],
      'was reset: rebuilt',
    ],
  ])('catches %s', (_, frames, sentence) => {
    expect(complaintsOf(frames).join('\n')).toContain(sentence)
  })
})
