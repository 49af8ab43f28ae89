import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Announcer } from './announcer.ts'

export const VoiceContext = createContext<Announcer | undefined>(undefined)

/** The page's announcer. Throws outside its provider. */
export function useVoice(): Announcer {
  const voice = useContext(VoiceContext)
  if (!voice) throw new Error('useVoice is called outside VoiceContext')
  return voice
}

/** The only live region of the page. */
export function Voice() {
  const voice = useVoice()
  const spoken = useSyncExternalStore(voice.onSpoken, voice.spoken)
  return (
    <div role="status" aria-live="polite" className="sr-only" data-testid="voice">
      {spoken}
    </div>
  )
}
