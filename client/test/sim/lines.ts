import type { ClientFrame, ServerFrame } from '@cellarhand/protocol/feed'
import type { Line, LineEvents, LineRequest, Way } from '../../src/lines/line.ts'
import { positionOf, type Cellar, type Flaw } from './cellar.ts'
import { createConnection } from './connection.ts'
import type { Loop } from './loop.ts'

const PING_MS = 5_000
/** An answer to a long-poll may take so long. */
const POLL_QUIET_MS = 40_000

/** The network between: whether anything gets through now, and which ways never do. */
export interface Network {
  isUp: boolean
  readonly blocked: ReadonlySet<string>
  /** Breaks, or silences, all that is open. */
  readonly open: Set<{ cut(): void; reset(): void }>
  flaw?: Flaw | undefined
}

export interface Place {
  readonly loop: Loop
  readonly cellar: Cellar
  readonly network: Network
}

/** The three ways, as a lossy line carries them. What it takes to open one may have to be loaded first. */
export function simulatedWays(place: Place): Way[] {
  const { loop } = place
  return ['websocket', 'sse', 'poll'].map((name) => ({
    name,
    open(request, on) {
      const open = () => (name === 'poll' ? pollLine(place, request, on) : streamLine(place, name, request, on))
      return loop.percent(50) ? open() : new Promise((go) => loop.after(loop.below(300), () => go(open())))
    },
  }))
}

/** A line that streams: in order, late, and at any time broken, with or without a word. */
function streamLine({ loop, cellar, network }: Place, name: string, request: LineRequest, on: LineEvents): Line {
  let isOver = false
  let lastAt = 0
  const deliver = (what: () => void) => {
    lastAt = Math.max(lastAt, loop.now() + loop.below(200))
    loop.after(lastAt - loop.now(), () => !isOver && what())
  }
  const tell = (frame: ServerFrame) => deliver(() => on.frame(frame))
  let isDraining = false
  const drain = () => {
    isDraining = false
    if (!isOver && !connection.drain()) news()
    if (network.flaw === 'wrong-position') sayWrongly(loop, cellar, request, tell)
  }
  const news = () => {
    if (isDraining) return
    isDraining = true
    loop.after(loop.below(loop.pick([20, 300, 2_000])), drain)
  }
  const connection = createConnection(loop, cellar, tell, { flaw: network.flaw, news })
  const end = (say?: () => void) => {
    if (isOver) return
    isOver = true
    network.open.delete(handle)
    connection.close()
    say?.()
  }
  const ping = () => {
    if (isOver) return
    tell({ type: 'ping', head: positionOf(cellar), at: new Date(loop.now()).toISOString() })
    loop.after(PING_MS, ping)
  }
  const handle = {
    // Without a word: the client has to notice by itself.
    cut: () => (loop.percent(30) ? end() : end(() => loop.after(loop.below(100), () => on.ended(drawnEnd(loop))))),
    reset: () => connection.reset('rebuilt'),
  }
  const isThrough = network.isUp && !network.blocked.has(name)
  if (isThrough) {
    network.open.add(handle)
    tell({ type: 'welcome', version: 2, epoch: cellar.epoch, head: positionOf(cellar), pingMs: PING_MS })
    deliver(() => connection.subscribe(request.topics))
    ping()
  } else if (loop.percent(70))
    loop.after(50 + loop.below(500), () => end(() => on.ended({ kind: 'lost', unfit: loop.percent(10) })))
  const close = () => end()
  // What the client says takes its time as well, and is lost with the line.
  const send = (frame: ClientFrame) => isThrough && deliver(() => connection.take(frame))
  return name === 'websocket' ? { send, close } : { close }
}

function drawnEnd(loop: Loop): Parameters<LineEvents['ended']>[0] {
  return loop.percent(30) ? { kind: 'lost', afterMs: loop.below(3_000) } : { kind: 'lost' }
}

function sayWrongly(loop: Loop, cellar: Cellar, { topics }: LineRequest, send: (frame: ServerFrame) => void): void {
  for (const { topic } of topics) {
    const [held] = cellar.contents.get(topic)!.values()
    const told = held?.told
    if (topic === 'audit' || !told || !loop.percent(30)) continue
    const older = { ...told, gone: undefined, available: 99, position: `${cellar.epoch}.${cellar.head + 1_000}` }
    send({ type: 'offers', topic, offers: [older as never] })
  }
}

/** One request after another, each answered with all that its cursors have not seen; any of them may be lost. */
function pollLine({ loop, cellar, network }: Place, request: LineRequest, on: LineEvents): Line {
  let isOver = false
  let isWelcome = false
  const end = (say?: () => void) => {
    if (isOver) return
    isOver = true
    network.open.delete(handle)
    say?.()
  }
  const handle = { cut: () => end(() => on.ended({ kind: 'lost' })), reset: () => {} }
  const welcome = () => {
    if (!isWelcome) on.frame({ type: 'welcome', version: 2, epoch: '', head: '', pingMs: POLL_QUIET_MS / 2 })
    isWelcome = true
  }
  const ask = (topics: LineRequest['topics']) => {
    if (isOver) return
    if (!network.isUp) return void loop.after(300, handle.cut)
    const told = answerTo({ loop, cellar, network }, topics)
    const isNews = told.some((frame) => frame.type !== 'ready' || !frame.resumed)
    const cursor = positionOf(cellar)
    const answer = () => {
      if (isOver) return
      welcome()
      for (const frame of told) on.frame(frame)
      on.heard()
      loop.after(loop.below(100), () => ask(request.topics.map(({ topic }) => ({ topic, cursor }))))
    }
    // The server would wait for news; looking again now and then comes to the same.
    loop.after(loop.below(200) + (isNews ? 0 : 5_000), answer)
  }
  // As over HTTP: an answer that is not there by then has nothing to tell.
  const nothingNew = () => {
    if (isOver || isWelcome || !network.isUp) return
    welcome()
    for (const { topic, cursor } of request.topics)
      if (cursor) on.frame({ type: 'ready', topic, resumed: true, cursor })
  }
  network.open.add(handle)
  if (network.blocked.has('poll')) loop.after(100, handle.cut)
  else loop.after(loop.below(100), () => ask(request.topics))
  loop.after(2_000, nothingNew)
  return { close: () => end() }
}

/** All that the cursors of a long-poll have not seen. */
function answerTo({ loop, cellar, network }: Place, topics: LineRequest['topics']): ServerFrame[] {
  const frames: ServerFrame[] = []
  const options = { flaw: network.flaw, news: () => {} }
  const connection = createConnection(loop, cellar, (frame) => frames.push(frame), options)
  connection.subscribe(topics)
  while (!connection.drain());
  connection.close()
  return frames.filter(({ type }) => type !== 'progress')
}
