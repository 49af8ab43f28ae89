import type { ServerFrame } from '@cellarhand/protocol/feed'
import { expect, test } from 'vitest'
import { createFeedJudge } from './feed-follower.ts'

const quiet: ServerFrame = { type: 'progress', cursor: 'epoch001.1' }

/** What is said of cursors that come one after another. */
function complaintsOf(...ids: readonly string[]): string[] {
  const judge = createFeedJudge()
  for (const id of ids) judge.take({ frame: quiet, id })
  return judge.complaints()
}

test('a cursor that says of its one topic where it stands is read by that', () => {
  expect(complaintsOf('epoch001.2733', 'epoch001.2734,0:2733', 'epoch001.2734')).toEqual([])
})

test('a topic that goes back is found out, in whichever way that is said', () => {
  expect(complaintsOf('epoch001.2733', 'epoch001.2732')).toHaveLength(1)
  expect(complaintsOf('epoch001.2733', 'epoch001.2734,0:2732')).toHaveLength(1)
  expect(complaintsOf('epoch001.2733', 'epoch001.2734,0:-')).toHaveLength(1)
})
