import { useLocalNow } from '../shell/tick.ts'
import { liveWords, type LiveWords } from './live-words.ts'
import { useLine } from './use-feed.ts'

/** What to say of the line, kept fresh while it is down. */
export function useLiveWords(): LiveWords {
  const line = useLine()
  return liveWords(line, useLocalNow(line.state !== 'live' && line.state !== 'quiet'))
}

/** Live, or Reconnecting and how old the counts are; its width is reserved. */
export function LiveState({ words }: { words: LiveWords }) {
  return (
    <p className="live-state" data-tone={words.tone} data-testid="live">
      {words.text !== '' && <span aria-hidden="true" className="live-dot" />}
      <span>{words.text}</span>
      <span className="text-muted tabular-nums">{words.age}</span>
    </p>
  )
}
