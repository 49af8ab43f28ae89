/** What the explorer does: sends what is written, and shows what comes; what is followed, event by event. */
export const explorerScript = `const part = (id) => document.getElementById(id)
const example = \`query Offers($first: Int! = 5) {
  offers(channel: "web", first: $first) {
    nodes {
      sku
      status
      available
      price { amountMinor currency }
      item { wine { producer name } vintage { name } formatName }
    }
    pageInfo { endCursor hasNextPage }
    position
  }
}
\`
const EVENTS_SHOWN = 20
let running

part('query').value = example

function show(answer) {
  const { extensions, ...rest } = answer
  const cost = extensions?.cost
  part('cost').textContent = cost ? 'Cost ' + cost.asked + ' of ' + cost.most : ''
  return JSON.stringify(rest, null, 2)
}

async function readEvents(response) {
  const shown = []
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\\n\\n')
    text = events.pop()
    for (const event of events) {
      const data = /^data: (.+)$/m.exec(event)?.[1]
      if (data) shown.unshift(show(JSON.parse(data)))
    }
    shown.length = Math.min(shown.length, EVENTS_SHOWN)
    part('answer').textContent = shown.join('\\n\\n')
  }
}

async function run() {
  running?.abort()
  const own = (running = new AbortController())
  const query = part('query').value
  part('stop').hidden = false
  try {
    const variables = JSON.parse(part('variables').value || '{}')
    const isFollowed = /^\\s*subscription\\b/m.test(query)
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: isFollowed ? 'text/event-stream' : 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: own.signal,
    })
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    if (isStream) await readEvents(response)
    else part('answer').textContent = show(await response.json())
  } catch (error) {
    if (error.name !== 'AbortError') part('answer').textContent = String(error)
  } finally {
    if (running === own) part('stop').hidden = true
  }
}

part('ask').addEventListener('submit', (event) => {
  event.preventDefault()
  run()
})
part('stop').addEventListener('click', () => running?.abort())
part('ask').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run()
})
`

export const explorerStyle = `:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 25%, transparent); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: baseline; padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.25rem; }
h2, label { display: block; margin: 0.75rem 0 0.25rem; font-size: 1rem; font-weight: 600; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; padding: 0.5rem 1.5rem 1.5rem; }
textarea, pre { box-sizing: border-box; width: 100%; margin: 0; padding: 0.75rem; font: 14px/1.5 ui-monospace, monospace; border: 1px solid var(--line); border-radius: 6px; }
pre { min-height: 12rem; max-height: 80vh; overflow: auto; white-space: pre-wrap; }
button { padding: 0.4rem 1.25rem; font: inherit; }
:focus-visible { outline: 2px solid; outline-offset: 2px; }
`
