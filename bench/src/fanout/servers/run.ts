import { hotCode, type Range } from '../share.ts'
import type { BroadcastKind } from '../speech.ts'
import type { Broadcast } from './broadcast.ts'
import { createDurableStreams } from './durable-streams.ts'
import { createMaker } from './maker.ts'
import { createSocketIo } from './socket-io.ts'
import { createWs } from './ws.ts'

/** What a baseline of the feed is told: change values at a pace, rest, and say when each was made. */
export type BaselineErrand =
  | { readonly errand: 'start'; readonly range: Range; readonly perSecond: number }
  | { readonly errand: 'rest' }
  | { readonly errand: 'times' }

/** Runs a baseline of the feed in this process, whose parent is told `{ port }`, and then answered one message each. */
export async function runBroadcast(kind: BroadcastKind): Promise<void> {
  const server = await createBroadcast(kind)
  const maker = createMaker((made) => server.take(made))
  process.on('message', (message: BaselineErrand) => {
    if (message.errand === 'start') maker.start(message.range, message.perSecond)
    if (message.errand === 'rest') {
      maker.rest()
      server.forget?.()
    }
    process.send?.(message.errand === 'times' ? maker.times() : {})
  })
  // Whoever started us is gone: so are we.
  process.on('disconnect', () => process.exit(0))
  // Ctrl-C in a terminal reaches us too; who started us stops us in order.
  process.on('SIGINT', () => {})
  process.send?.({ port: server.port })
}

/** One of the baselines, listening. */
export function createBroadcast(kind: BroadcastKind): Promise<Broadcast> {
  if (kind === 'ws') return createWs()
  return kind === 'socket.io' ? createSocketIo() : createDurableStreams([hotCode])
}
