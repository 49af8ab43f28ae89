import type { AuditEntry, ClientFrame, ServerFrame } from '@cellarhand/protocol/feed'
import type { Offer } from '@cellarhand/protocol/offer'
import { createCellarhand, type Cellarhand, type Options } from '../src/client.ts'
import type { LineEvents, LineRequest, Way } from '../src/lines/line.ts'
import type { Signal } from '../src/world.ts'
import { createLoop, type Loop } from './sim/loop.ts'

/** A line as the server's end sees it. */
export interface ScriptedLine {
  readonly way: string
  readonly request: LineRequest
  readonly on: LineEvents
  readonly said: ClientFrame[]
  isClosed: boolean
}

/** A world in which the test is the server, the network and the clock. */
export interface Script {
  readonly client: Cellarhand
  readonly loop: Loop
  /** All lines that were opened. */
  readonly lines: ScriptedLine[]
  /** The newest. */
  line(): ScriptedLine
  /** Sends frames on the newest line. */
  tell(...frames: ServerFrame[]): void
  signal(signal: Signal): void
  /** Requests that were made, and what they are answered with. */
  readonly requests: { readonly path: string; readonly init: RequestInit | undefined }[]
  answer: (path: string, init: RequestInit | undefined) => Promise<Response> | Response
  /** Lets time pass. */
  pass(ms?: number): Promise<void>
}

export const welcome: ServerFrame = { type: 'welcome', version: 2, epoch: 'aaaaaa', head: 'aaaaaa.0', pingMs: 10_000 }

export function offerOf(sku: string, available: number, number: number, channel = 'web'): Offer {
  const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  return { sku, channel, available, held: 0, status: 'in_stock', price, position: `aaaaaa.${number}` }
}

export function entryOf(id: string, number: number): AuditEntry {
  const at = '2026-01-01T00:00:00.000Z'
  return {
    id,
    kind: 'sale',
    actor: 'till',
    occurredAt: at,
    recordedAt: at,
    movements: [],
    position: `aaaaaa.${number}`,
  }
}

/** Frames by which a topic becomes whole. */
export function wholeWith(topic: string, ...offers: Offer[]): ServerFrame[] {
  return [
    { type: 'offers', topic, offers },
    { type: 'ready', topic, resumed: false, cursor: offers.at(-1)?.position ?? 'aaaaaa.0' },
  ]
}

export function createScript(options: Options & { ways?: readonly string[] } = {}): Script {
  const { ways = ['websocket'], ...more } = options
  const loop = createLoop(1)
  const lines: ScriptedLine[] = []
  let keys = 0
  let tellSignal: (signal: Signal) => void = () => {}
  const script: Omit<Script, 'client'> = {
    loop,
    lines,
    line: () => {
      const last = lines.at(-1)
      if (!last) throw new Error('no line was opened')
      return last
    },
    tell: (...frames) => frames.forEach((frame) => script.line().on.frame(frame)),
    signal: (signal) => tellSignal(signal),
    requests: [],
    answer: () => new Response('', { status: 503 }),
    pass: (ms = 0) => loop.run(ms),
  }
  const client = createCellarhand({
    url: 'https://cellar.example',
    ...more,
    world: {
      now: loop.now,
      wall: loop.now,
      random: () => 0.5,
      key: () => `key-${(keys += 1)}`,
      after: loop.after,
      async fetch(url, init) {
        const path = (url as string).replace('https://cellar.example', '')
        script.requests.push({ path, init })
        return script.answer(path, init)
      },
      ways: ways.map((name) => wayOf(name, lines)),
      signals(on) {
        tellSignal = on
        return () => {}
      },
      ...more.world,
    },
  })
  return Object.assign(script, { client })
}

function wayOf(name: string, lines: ScriptedLine[]): Way {
  return {
    name,
    open(request, on) {
      const line: ScriptedLine = { way: name, request, on, said: [], isClosed: false }
      lines.push(line)
      const close = () => {
        line.isClosed = true
      }
      return name === 'websocket' ? { close, send: (frame) => void line.said.push(frame) } : { close }
    },
  }
}
