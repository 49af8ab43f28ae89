import type { Change } from '../replica/replica.ts'
import type { Finding } from './finder.ts'
import { noteChange } from './passes.ts'
import { holdNoMore, offersOf, type Running } from './running.ts'
import { passSoon } from './work.ts'

/** A set that is asked for again waits so long for what changes next: an import writes many times a second. */
const againAfterMs = 250
/** A hold is one row, and somebody waits for it. */
const holdAgainAfterMs = 20
/** Searches and wines that one feed asks for at once: an import, or a new list of prices, makes it ask for all of them. */
export const asksMax = 2
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
  for (const finding of running.findings.values()) {
    if (change.kind === 'rebuilt') finding.items.forgetPositions()
    if (!mayDiffer(finding.topic, change)) continue
    finding.again = true
    void ask(running, finding)
  }
}

function mayDiffer(topic: Finding['topic'], change: Change): boolean {
  // Settings are told of alone, whatever came with them.
  if (change.kind !== 'values') return true
  if (topic.kind === 'hold') return change.holds.includes(topic.id)
  if (topic.kind === 'wine') return change.skus.some(([, wine]) => wine === topic.id)
  return change.prices || change.skus.length > 0
}

async function ask(running: Running, finding: Finding): Promise<void> {
  if (finding.asking) return
  finding.asking = true
  const { timers, onError } = running.options
  const pauseMs = finding.topic.kind === 'hold' ? holdAgainAfterMs : againAfterMs
  do {
    try {
      const found = await find(running, finding)
      if (found && isFollowed(running, finding)) take(running, finding, found)
    } catch (error) {
      onError(error)
      finding.again = true
    }
    await new Promise<void>((resolve) => void timers.after(pauseMs, resolve))
  } while (finding.again && isFollowed(running, finding))
  finding.asking = false
}

/** Undefined where nobody follows any more when its turn comes. */
async function find(running: Running, finding: Finding): Promise<readonly string[] | undefined> {
  const { topic } = finding
  const { finder } = running.options
  if (topic.kind === 'hold') {
    finding.again = false
    return [await finder.hold(topic.id)]
  }
  return running.turns(async () => {
    // What changes from here on is asked for again; what changed while it waited is in this.
    finding.again = false
    if (!isFollowed(running, finding)) return undefined
    return topic.kind === 'wine' ? finder.wine(topic.id) : finder.search(topic.id, topic.channel)
  })
}

const isFollowed = ({ findings, closed }: Running, finding: Finding) =>
  !closed && findings.get(finding.followed.name) === finding

/** Tells followers what came and what left. */
function take(running: Running, finding: Finding, found: readonly string[]): void {
  const { followed, items, waiting } = finding
  const previous = Math.max(running.live.positionNumber(), followed.changedAt)
  holdNoMore(running, finding)
  const keys = items.replace(found, previous + between)
  for (const name of offersOf(finding)) {
    running.members.set(name, (running.members.get(name) ?? new Set()).add(followed))
  }
  for (const key of keys) noteChange(followed, key, previous, previous + between)
  if (keys.length > 0) passSoon(running, followed)
  for (const ready of waiting) ready()
  waiting.clear()
}
