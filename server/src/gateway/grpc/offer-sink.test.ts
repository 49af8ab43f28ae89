import { EventEmitter } from 'node:events'
import { status, type ServerErrorResponse } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import type { ServerFrame } from '@cellarhand/protocol/feed'
import type { Frame } from '../../feed/feed.ts'
import { messageOf } from '../../platform/grpc/image.ts'
import { decode } from '../../platform/grpc/shape.ts'
import { offerSink, type OfferCall } from './offer-sink.ts'

const Followed = messageOf('cellarhand.v1.FollowOffersResponse')
const frameOf = (frame: ServerFrame): Frame => ({ type: frame.type, text: JSON.stringify(frame) })
const ready = frameOf({ type: 'ready', topic: 'channel:web', resumed: true, cursor: 'abcdef.7' })

/** A call whose network takes what was written when it is told to. */
function fakeCall() {
  const written: Buffer[] = []
  const taken: (() => void)[] = []
  const call = Object.assign(new EventEmitter(), {
    written,
    ended: false,
    write(bytes: Buffer, done: () => void) {
      written.push(bytes)
      taken.push(done)
    },
    end() {
      call.ended = true
    },
    takeOne: () => taken.shift()?.(),
  })
  return call
}

const sinkOf = (call: ReturnType<typeof fakeCall>) => offerSink(call as unknown as OfferCall)

test('what was written and not taken is counted, and that all of it was taken is told once', () => {
  const call = fakeCall()
  const sink = sinkOf(call)
  let drained = 0
  sink.onDrain(() => (drained += 1))
  sink.write(ready, () => 'abcdef.7')
  sink.write(ready, () => 'abcdef.8')
  expect(sink.buffered()).toBe(call.written.reduce((sum, { length }) => sum + length, 0))
  call.takeOne()
  expect([sink.buffered(), drained]).toEqual([call.written[1]?.length, 0])
  call.takeOne()
  expect([sink.buffered(), drained]).toEqual([0, 1])
})

test('each message says where its client goes on from, but for those before there is such a place', () => {
  const call = fakeCall()
  const sink = sinkOf(call)
  // Longer than what one byte of a length says.
  const long = `abcdef.7${Array.from({ length: 120 }, (_, place) => `,${place}:-`).join('')}`
  sink.write(ready, () => long)
  sink.write(ready, () => undefined)
  sink.write(frameOf({ type: 'welcome', version: 2, epoch: 'abcdef', head: 'abcdef.7', pingMs: 1 }), () => 'abcdef.7')
  const said = { ready: { topic: 'channel:web', resumed: true } }
  expect(call.written.map((bytes) => decode(Followed, bytes))).toEqual([
    { cursor: long, ...said },
    said,
    { welcome: { epoch: 'abcdef', head: 'abcdef.7', pingMs: 1 } },
  ])
})

test('a stream that has grown old just ends, and every other end says why', () => {
  const endOf = (cause: Parameters<ReturnType<typeof offerSink>['close']>[0]) => {
    const call = fakeCall()
    let code: number | undefined
    call.on('error', (error: Partial<ServerErrorResponse>) => (code = error.code))
    sinkOf(call).close(cause)
    return call.ended ? 'ok' : code
  }
  expect(endOf('rotated')).toBe('ok')
  expect(endOf('draining')).toBe(status.UNAVAILABLE)
  expect(endOf('slow')).toBe(status.UNAVAILABLE)
  expect(endOf('tokenExpired')).toBe(status.UNAUTHENTICATED)
  expect(endOf('forbidden')).toBe(status.PERMISSION_DENIED)
  expect(endOf('full')).toBe(status.RESOURCE_EXHAUSTED)
})

test('frames of topics that are not of offers never come here', () => {
  const levels = frameOf({ type: 'levels', topic: 'location:shop', levels: [] })
  expect(() => sinkOf(fakeCall()).write(levels, () => undefined)).toThrow('levels')
})
