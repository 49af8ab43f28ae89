import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { frameOn, openIo, openWebSocket } from '../../../test/lines.ts'
import { startServer } from '../../../test/server.ts'
import { drainFirst } from '../../roles/stopping.ts'
import { until } from '../../platform/postgres/processes.ts'

test('a connection on which nothing was asked does not hold up the stop', async () => {
  const stopping = await startServer()
  const { port } = new URL(stopping.url)
  const idle = connect(Number(port), '127.0.0.1')
  await once(idle, 'connect')
  const closed = once(idle, 'close')
  idle.resume()
  await Promise.all([stopping.stop(), closed])
})

test('a server that drains tells its clients to come back, one after another, and serves who is still there', async () => {
  const leaving = await startServer({ env: { CELLARHAND_DRAIN_SECONDS: '2', CELLARHAND_SOCKETIO: 'websocket' } })
  const opened = Array.from({ length: 10 }, () => [openWebSocket, openIo]).flat()
  const many = opened.map((open) => open(leaving.url, [{ topic: 'channel:web' }]))
  await Promise.all(many.map((line) => frameOn(line, 'ready')))
  const refused = openWebSocket(leaving.url, [{ topic: 'sku:A1@web', cursor: 'no cursor' }])
  await frameOn(refused, 'ready')
  const metrics = await (await fetch(`${leaving.url}/metrics`)).text()
  const metric = (name: string) =>
    Number(
      metrics
        .split('\n')
        .find((line) => line.startsWith(`cellarhand_${name} `))
        ?.split(' ')[1],
    )
  expect(metric('feed_sessions')).toBe(21)
  expect(metric('feed_topics')).toBe(2)
  expect(metric('feed_frames_total')).toBeGreaterThanOrEqual(43)
  expect(metric('feed_resets_total{reason="malformed"}')).toBe(1)
  refused.cut()
  const stopped = leaving.stop(drainFirst)
  await until(() => many.some((line) => line.ended() !== undefined), { withinMs: 5_000, everyMs: 5 })
  expect(many.filter((line) => line.ended() === undefined).length).toBeGreaterThan(10)
  await expect(fetch(`${leaving.url}/healthz`)).rejects.toThrow('fetch failed')
  await stopped
  expect(new Set(many.map((line) => line.ended()))).toEqual(new Set([4000]))
  const afters = many.map((line) => line.frames.find((frame) => frame.type === 'reconnect')?.afterMs)
  expect(afters.every((afterMs) => afterMs !== undefined && afterMs < 2_000)).toBe(true)
  expect(new Set(afters).size).toBeGreaterThan(1)
})
