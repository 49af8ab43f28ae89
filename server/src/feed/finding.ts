import type { Change } from '../replica/replica.ts'
import type { Finder, Finding } from './finder.ts'
import { noteChange } from './passes.ts'
import type { Running } from './running.ts'
import { passSoon } from './work.ts'

/** A set that is asked for again waits so long for what changes next: an import writes many times a second. */
const againAfterMs = 250
/** A part of a position: what is found again comes between two transactions, and followers are told of it in their order. */
const between = 1 / 1_024

/** Begins to ask for what a topic holds; `ready` is called when it is there. */
export function findFor(running: Running, finding: Finding, ready: () => void): void {
  if (finding.items.isLoaded()) return ready()
  finding.waiting.add(ready)
  void ask(running, finding)
}

/** Asks again for what a change of the replica may have made different. */
export function findAgain(running: Running, change: Change): void {
  const skus = change.kind === 'values' ? change.skus : none
  const isAny = change.kind !== 'values'
  if (skus.length === 0 && change.kind === 'values' && !change.prices) return
  for (const finding of running.findings.values()) {
    const { topic } = finding
    if (change.kind === 'rebuilt') finding.items.forgetPositions()
    if (topic.kind === 'wine' && !isAny && !skus.some(([, wine]) => wine === topic.id)) continue
    finding.again = true
    void ask(running, finding)
  }
}

const none: readonly never[] = []

async function ask(running: Running, finding: Finding): Promise<void> {
  if (finding.asking) return
  finding.asking = true
  const { timers, finder, onError } = running.options
  do {
    finding.again = false
    try {
      take(running, finding, await find(finder, finding.topic))
    } catch (error) {
      onError(error)
      finding.again = true
    }
    await new Promise<void>((resolve) => void timers.after(againAfterMs, resolve))
  } while (finding.again && isFollowed(running, finding))
  finding.asking = false
}

function find(finder: Finder, topic: Finding['topic']): Promise<readonly string[]> {
  return topic.kind === 'wine' ? finder.wine(topic.id) : finder.search(topic.id, topic.channel)
}

const isFollowed = ({ findings, closed }: Running, { followed }: Finding) => !closed && findings.has(followed.name)

/** Tells followers what came and what left. */
function take(running: Running, finding: Finding, skus: readonly string[]): void {
  const { followed, items, waiting } = finding
  const { live, members } = running
  const previous = Math.max(live.positionNumber(), followed.changedAt)
  const { channel } = finding.topic
  for (const sku of items.members()) members.get(`${sku}@${channel}`)?.delete(followed)
  const keys = items.replace(skus, previous + between)
  for (const sku of items.members()) {
    const name = `${sku}@${channel}`
    members.set(name, (members.get(name) ?? new Set()).add(followed))
  }
  for (const key of keys) noteChange(followed, key, previous, previous + between)
  if (keys.length > 0) passSoon(running, followed)
  for (const ready of waiting) ready()
  waiting.clear()
}
