// A client of the feed without a library, written from PROTOCOL.md alone: to read, and to begin one of your own with. A test follows a server with it that is killed meanwhile.
// `WebSocket` is the browser's, that of Node 22 and newer, or that of the package ws.

const keyOf = {
  offers: ({ sku, channel }) => `${sku}@${channel}`,
  levels: ({ sku, location }) => `${sku} at ${location}`,
  hold: ({ id }) => id,
}
const neverAgain = (code) => code >= 4500 || [1002, 1003, 1007, 1008, 1009].includes(code)

function isNewer(position, than) {
  const [epoch, number] = position.split('.')
  const [knownEpoch, knownNumber] = than.split('.')
  return epoch !== knownEpoch || Number(number) > Number(knownNumber)
}

/** What is known: of each topic the keys of what it holds, and the values of all. */
function createBook(names) {
  const topics = new Map(names.map((name) => [name, { keys: new Set() }]))
  const values = new Map()
  function put({ keys, staged }, key, value) {
    if (value.gone) return keys.delete(key)
    if (!values.has(key) || isNewer(value.position, values.get(key).position)) values.set(key, value)
    keys.add(key)
    staged?.add(key)
  }
  function begin() {
    for (const topic of topics.values())
      Object.assign(topic, { ready: false, staged: topic.cursor ? undefined : new Set() })
    return [...topics].map(([topic, { cursor }]) => ({ topic, cursor }))
  }
  function take(frame) {
    const topic = topics.get(frame.topic)
    if (frame.type === 'reset') Object.assign(topic, { staged: new Set(), cursor: undefined, ready: false })
    if (frame.type in keyOf) {
      for (const value of [frame[frame.type]].flat()) put(topic, keyOf[frame.type](value), value)
      if (frame.cursor) topic.cursor = frame.cursor
    }
    if (frame.type === 'ready') {
      if (!frame.resumed) for (const key of topic.keys) if (!topic.staged.has(key)) topic.keys.delete(key)
      Object.assign(topic, { staged: undefined, cursor: frame.cursor, ready: true })
    }
    if (frame.type === 'progress') for (const one of topics.values()) if (one.ready) one.cursor = frame.cursor
  }
  const view = (topic) => [...topics.get(topic).keys].map((key) => values.get(key))
  return { begin, take, view, isWhole: () => [...topics.values()].every(({ ready }) => ready) }
}

/** Follows topics until `close()`; `view(topic)` is what a topic holds now. `onFrame` is told of each frame that was taken in. */
export function follow(url, names, { WebSocket = globalThis.WebSocket, onFrame = () => {} } = {}) {
  const book = createBook(names)
  let attempt = 0
  let leave = () => {}

  function connect() {
    const line = new WebSocket(`${url.replace('http', 'ws')}/v1/feed`)
    const state = { pingMs: 10_000, silence: undefined, over: false }
    const on = (type, act) => line.addEventListener(type, (event) => state.over || act(event))
    const end = (afterMs) => {
      state.over = true
      clearTimeout(state.silence)
      line.close()
      const again = afterMs === undefined ? undefined : setTimeout(connect, afterMs)
      leave = () => clearTimeout(again)
    }
    const comeBack = () => end(Math.random() * Math.min(30_000, 1000 * 2 ** attempt++))
    const listen = () => {
      clearTimeout(state.silence)
      state.silence = setTimeout(comeBack, 2 * state.pingMs)
    }
    listen()
    leave = () => end()
    line.addEventListener('error', () => {})
    on('close', ({ code }) => (neverAgain(code) ? end() : comeBack()))
    on('open', () => line.send(JSON.stringify({ type: 'hello', version: 2, topics: book.begin() })))
    on('message', ({ data }) => {
      const frame = JSON.parse(data)
      if (frame.type === 'welcome') [state.pingMs, attempt] = [frame.pingMs, 0]
      if (frame.type === 'ping') line.send('{"type":"pong"}')
      if (frame.type === 'reconnect') return end(frame.afterMs)
      listen()
      book.take(frame)
      onFrame(frame)
    })
  }

  connect()
  return { view: book.view, isWhole: book.isWhole, close: () => leave() }
}
