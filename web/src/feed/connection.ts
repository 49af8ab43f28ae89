import type { ServerFrame } from '@cellarhand/protocol/feed'
import type { ConnectionEvents } from './feed.ts'
import type { PageFrame } from './frames.ts'

const frameTypes = [
  'welcome',
  'reset',
  'offers',
  'ready',
  'progress',
  'ping',
  'reconnect',
] as const satisfies readonly ServerFrame['type'][]

/** Opens the feed over Server-Sent Events. The browser reconnects and resumes by itself; a refusal (an HTTP error) ends it. */
export function openConnection(url: string, on: ConnectionEvents): () => void {
  const source = new EventSource(url)
  for (const type of frameTypes) {
    source.addEventListener(type, (event: MessageEvent<string>) => {
      const frame: unknown = JSON.parse(event.data)
      if (isFrame(frame)) on.frame(frame)
    })
  }
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) on.ended()
    else on.lost()
  })
  return () => source.close()
}

function isFrame(value: unknown): value is PageFrame {
  return (
    typeof value === 'object' && value !== null && 'type' in value && frameTypes.some((type) => type === value.type)
  )
}
