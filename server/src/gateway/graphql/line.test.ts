import { describe, expect, it } from 'vitest'
import type { CloseCause, ServerFrame } from '@cellarhand/protocol/feed'
import type { Frame } from '../../feed/feed.ts'
import { createLine, LineEnded } from './line.ts'

const frame = (content: object): Frame => ({
  type: (content as ServerFrame).type,
  text: JSON.stringify(content),
})
const offers = (sku: string) => frame({ type: 'offers', topic: 'channel:web', offers: [{ sku, available: 1 }] })

function open() {
  const causes: CloseCause[] = []
  const seen = { drained: 0, gone: 0 }
  const line = createLine((cause) => causes.push(cause))
  line.sink.onDrain(() => (seen.drained += 1))
  line.sink.onGone(() => (seen.gone += 1))
  line.begin({ isWhole: () => true })
  return { ...line, causes, seen }
}

const next = async ({ events }: Pick<ReturnType<typeof open>, 'events'>) => {
  const { done, value } = await events.next()
  return done ? 'done' : value
}

describe('a line', () => {
  it('hands on what has a meaning, in order, each with the cursor of its moment', async () => {
    const line = open()
    let position = 1
    for (const one of [
      frame({ type: 'welcome', version: 2, epoch: 'abcdef', head: 'abcdef.1', pingMs: 1 }),
      offers('A'),
      frame({ type: 'ping', head: 'abcdef.2', at: '' }),
      frame({ type: 'progress', cursor: 'abcdef.2' }),
      frame({ type: 'reset', topic: 'channel:web', reason: 'epoch' }),
    ]) {
      line.sink.write(one, () => `abcdef.${position}`)
      position += 1
    }
    expect(await next(line)).toEqual({
      offers: [{ __typename: 'Offer', sku: 'A', available: 1 }],
      whole: true,
      cursor: 'abcdef.2',
    })
    expect(await next(line)).toEqual({ offers: [], whole: true, cursor: 'abcdef.4' })
    expect(await next(line)).toEqual({ offers: [], reset: 'epoch', whole: false, cursor: undefined })
  })

  it('says that offers are gone', async () => {
    const line = open()
    line.sink.write(
      frame({ type: 'offers', topic: 't', offers: [{ sku: 'A', channel: 'web', gone: true }] }),
      () => 'c',
    )
    expect(await next(line)).toMatchObject({ offers: [{ __typename: 'GoneOffer', sku: 'A' }] })
  })

  it('has what nobody has taken for buffered, and is drained when all of it is taken', async () => {
    const line = open()
    const frames = [offers('A'), offers('B'), offers('C')]
    for (const one of frames) line.sink.write(one, () => undefined)
    expect(line.sink.buffered()).toBe(frames.reduce((sum, { text }) => sum + text.length, 0))
    await next(line)
    await next(line)
    expect(line.seen.drained).toBe(0)
    await next(line)
    await Promise.resolve()
    expect([line.sink.buffered(), line.seen.drained]).toEqual([0, 1])
  })

  it('gives to who waits at once, and keeps nothing of it', async () => {
    const line = open()
    const waiting = next(line)
    line.sink.write(offers('A'), () => 'c')
    expect(line.sink.buffered()).toBe(0)
    expect(await waiting).toMatchObject({ offers: [{ sku: 'A' }] })
  })

  it('that the feed ends gives what is there, and then says why it ended', async () => {
    const line = open()
    line.sink.write(offers('A'), () => 'c')
    line.sink.close('draining')
    expect(line.causes).toEqual(['draining'])
    expect(await next(line)).toMatchObject({ offers: [{ sku: 'A' }] })
    await expect(line.events.next()).rejects.toThrow(LineEnded)
    expect(line.seen.gone).toBe(1)
  })

  it('of who reads too slowly lets go of what waits', async () => {
    const line = open()
    line.sink.write(offers('A'), () => 'c')
    line.sink.close('slow')
    await expect(line.events.next()).rejects.toMatchObject({ cause: 'slow' })
    expect(line.causes).toEqual(['slow'])
  })

  it('whose other side leaves is gone to the feed, and takes nothing more', async () => {
    const line = open()
    const waiting = next(line)
    await line.events.return?.()
    expect(await waiting).toBe('done')
    line.sink.write(offers('A'), () => 'c')
    expect([line.seen.gone, line.sink.buffered(), await next(line)]).toEqual([1, 0, 'done'])
  })

  it('fails with the problem of a topic that cannot be followed any more', async () => {
    const line = open()
    line.sink.write(frame({ type: 'error', problem: 'not-found', detail: 'There is no such thing here.' }), () => 'c')
    await expect(line.events.next()).rejects.toMatchObject({ extensions: { code: 'NOT_FOUND', status: 404 } })
  })
})
