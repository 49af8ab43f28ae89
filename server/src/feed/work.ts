import { unreachable } from '../platform/must.ts'
import type { Change } from '../replica/replica.ts'
import { noteAll, noteChanges } from './hub.ts'
import { beginPass, isDirty, passTo, type Pass } from './passes.ts'
import type { Running } from './running.ts'
import { catchUp, fallBehind, isOpen, resetFollow, write } from './session.ts'
import type { Follow, Followed, Session } from './kept.ts'

/** Takes a change of the replica to those who follow what it changed. */
export function passOn(running: Running, change: Change): void {
  const { live, hub } = running
  switch (change.kind) {
    case 'values':
      for (const followed of noteChanges(hub, running.members, live, change, live.positionNumber())) {
        passSoon(running, followed)
      }
      return
    case 'settings':
      noteAll(hub, change.previous, live.positionNumber())
      for (const followed of hub.values()) passSoon(running, followed)
      return
    case 'rebuilt':
      return restart(running, change.sameEpoch ? 'rebuilt' : 'epoch')
    default:
      unreachable(change)
  }
}

/** The replica was built anew: nothing that was sent or noted means anything. */
function restart(running: Running, reason: 'rebuilt' | 'epoch'): void {
  const nowMs = running.options.timers.nowMs()
  running.passes.clear()
  // Entries never change: as long as the log is the same, whoever follows them goes on.
  const isOver = ({ items }: Followed) => items.type !== 'entries' || reason === 'epoch'
  for (const followed of running.hub.values()) {
    if (!isOver(followed)) continue
    followed.changed = new Set()
    followed.unchangedTo = followed.changedAt = 0
    if (followed.items.type === 'entries') followed.items.restart(running.live.positionNumber())
  }
  for (const session of running.sessions) {
    for (const follow of session.follows.values()) {
      if (follow.waiting) follow.at = undefined
      else if (isOver(follow.followed)) resetFollow(session, follow, reason, nowMs)
    }
    session.progressAt = -1
    if (session.behind.size > 0) catchUpSoon(running, session)
  }
}

/** A topic has changed. */
export function passSoon(running: Running, followed: Followed): void {
  if (!running.passes.has(followed)) running.passes.set(followed, undefined)
  workSoon(running)
}

/** A session has something to send by itself. */
export function catchUpSoon(running: Running, session: Session): void {
  running.catching.add(session)
  workSoon(running)
}

function workSoon(running: Running): void {
  if (running.working) return
  running.working = true
  running.options.timers.soon(() => work(running))
}

/** One step of everything that is to be done; between rounds the process sees to its sockets and the log. */
function work(running: Running): void {
  running.working = false
  for (const [followed, pass] of running.passes) stepPass(running, followed, pass)
  const nowMs = running.options.timers.nowMs()
  for (const session of running.catching) {
    const read = (follow: Follow) => readFor(running, session, follow)
    if (!catchUp(running.live, session, nowMs, read)) running.catching.delete(session)
  }
  if (running.passes.size > 0 || running.catching.size > 0) workSoon(running)
}

/** A follow that is far behind goes on when what it comes to next is read. */
function readFor(running: Running, session: Session, follow: Follow): void {
  running.trail?.readBack(follow.at ?? 0, () => {
    if (session.closed || follow.sweep === undefined || session.follows.get(follow.followed.name) !== follow) return
    session.behind.add(follow)
    catchUpSoon(running, session)
  })
}

function stepPass(running: Running, followed: Followed, begun: Pass | undefined): void {
  const pass = begun ?? beginPass(running.live, followed)
  const nowMs = running.options.timers.nowMs()
  for (let count = 0; count < running.options.limits.followersPerStep; count++) {
    const { value: follow, done } = pass.followers.next()
    if (done) {
      running.passes.delete(followed)
      if (isDirty(followed) && followed.followers.size > 0) running.passes.set(followed, undefined)
      return
    }
    passToOne(running, pass, follow, nowMs)
  }
  running.passes.set(followed, pass)
}

function passToOne(running: Running, pass: Pass, follow: Follow, nowMs: number): void {
  const { session } = follow
  const how = passTo(pass, follow, isOpen(session))
  if (how === 'send' && pass.frame) write(session, pass.frame, nowMs)
  if (how !== 'behind') return
  fallBehind(session, follow)
  if (isOpen(session)) catchUpSoon(running, session)
}
