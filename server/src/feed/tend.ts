import { frameOf } from './frame.ts'
import { forget, type Running } from './running.ts'
import { end, signsOf, tend, write } from './session.ts'

/** How often sessions are looked after. */
const tendEveryMs = 1_000
/** A client that is sent away comes back after up to this long: pacing spreads the rest. */
const comeBackWithinMs = 2_000
/** A drain is cut into so many parts a second. */
const drainTickMs = 100

/** Looks after all sessions, now and again. The answer ends that. */
export function tendAll(running: Running): () => void {
  const { timers } = running.options
  let callOff = timers.after(tendEveryMs, function look() {
    const signs = signsOf(running.live, timers.nowMs())
    for (const session of running.sessions) {
      tend(session, signs)
      if (session.closed) forget(running, session)
    }
    callOff = timers.after(tendEveryMs, look)
  })
  return () => callOff()
}

/** Tells clients to come back, a part of them at a time, so that they do not all knock at the next door at once. */
export function drain(running: Running, overMs: number): Promise<void> {
  const { options, sessions } = running
  const { timers, random } = options
  running.closed = true
  const ticks = Math.max(1, Math.ceil(overMs / drainTickMs))
  const perTick = Math.max(1, Math.ceil(sessions.size / ticks))
  return new Promise((resolve) => {
    const tick = () => {
      const leaving = [...sessions].slice(0, perTick)
      for (const session of leaving) {
        const afterMs = Math.floor(random() * comeBackWithinMs)
        write(session, frameOf({ type: 'reconnect', afterMs }), timers.nowMs())
        end(session, 'draining')
        forget(running, session)
      }
      if (sessions.size === 0) resolve()
      else timers.after(drainTickMs, tick)
    }
    tick()
  })
}
