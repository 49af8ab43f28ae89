import type { Commitment, Hold } from '@cellarhand/protocol/stock'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Answer } from '../shell/http.ts'
import { useVoice } from '../shell/voice.tsx'
import { commitHold, extendHold, holdQuery, releaseHold } from './hold-api.ts'
import { forgetHold, rememberHold } from './kept-store.ts'
import type { KeptHold } from './kept.ts'
import { changeRefusal, type Refusal } from './refusal.ts'

export type Change = 'extend' | 'release' | 'commit'

interface Wish {
  readonly what: Change
  readonly key: string
}

/** Changing one hold: more time, put back, confirm; with the same key when it is tried again. */
export function useHoldChange(kept: KeptHold, title: string) {
  const queries = useQueryClient()
  const voice = useVoice()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  const last = useRef<Wish>(undefined)

  async function send(wish: Wish): Promise<void> {
    last.current = wish
    setBusy(true)
    setRefusal(undefined)
    const answer = await sendChange(kept, wish)
    setBusy(false)
    if (answer.kind === 'ok') {
      voice.say(`hold ${kept.id}`, doneWords(wish.what, title), { own: true })
      if ('expiresAt' in answer.body) rememberHold({ ...kept, expiresAt: Date.parse(answer.body.expiresAt) })
      if (wish.what === 'release') forgetHold(kept.id)
    } else {
      const refused = changeRefusal(answer)
      setRefusal(refused)
      voice.say(`hold ${kept.id}`, refused.text, { own: true })
    }
    await queries.invalidateQueries({ queryKey: holdQuery(kept.id).queryKey })
  }

  return {
    busy,
    refusal,
    change: (what: Change) => send({ what, key: crypto.randomUUID() }),
    retry: async () => {
      if (last.current) await send(last.current)
    },
  }
}

function sendChange(kept: KeptHold, { what, key }: Wish): Promise<Answer<Hold | Commitment>> {
  switch (what) {
    case 'extend':
      return extendHold(kept.id, kept.lifeSeconds, key)
    case 'release':
      return releaseHold(kept.id, key)
    case 'commit':
      return commitHold(kept.id, key)
  }
}

function doneWords(what: Change, title: string): string {
  switch (what) {
    case 'extend':
      return `${title} is kept longer.`
    case 'release':
      return `${title} was put back.`
    case 'commit':
      return `${title} is confirmed and yours.`
  }
}
