import { hash } from 'node:crypto'
import type { Command } from '../core/command.ts'
import { Unavailable, type Outcome, type Submission } from '../submission.ts'

/** A submission on its way to an answer. */
export interface Pending {
  readonly submission: Submission
  readonly command: Command
  /** A fresh id for what it may create. */
  readonly id: string
  /** Of the command as it was understood; undefined without a key. */
  readonly digest: string | undefined
  /** On the batcher's monotonic clock. */
  readonly deadlineMs: number
  /** Lines it brings to a transaction, at least one. */
  readonly weight: number
  /** Set once it was under way on a connection that was lost: it may be done already, and only its key can tell. */
  mayBeDone: boolean
  /** Told once; what comes after is dropped. */
  readonly answer: (outcome: Outcome) => void
  readonly fail: (error: Error) => void
  /** The caller is told that time is up; the command itself is still under way, and its key still taken. */
  readonly expire: (error: Error) => void
}

const UNKNOWN = 'It is not known yet whether this was done: ask again with the same Idempotency-Key, which will tell.'

/** Why a command is not answered: `notDone` says so where nothing of it can have been done, and otherwise that this is not known. */
export function unanswered(pending: Pending, notDone: string, retryAfterSeconds?: number): Unavailable {
  return new Unavailable(pending.mayBeDone ? UNKNOWN : notDone, retryAfterSeconds)
}

/** Why a command that is still under way is not answered in time. */
export function underWay(): Unavailable {
  return new Unavailable(UNKNOWN)
}

/**
 * The first 128 bits of the SHA-256 of a command, as 32 hex digits: what tells two bodies under one key apart. What was looked up for who asked
 * is left out: the catalogue may have changed between two tries of one intent.
 */
export function digestOf(command: Command): string {
  const said = command.kind === 'repack' || command.kind === 'relabel' ? { ...command, contents: undefined } : command
  return hash('sha256', JSON.stringify(said), 'hex').slice(0, 32)
}

/** Keys of one caller and operation are one scope. No separator can stand in a caller or a kind. */
export function scopedKey(submission: Submission): string | undefined {
  return submission.key === undefined
    ? undefined
    : `${submission.caller}\n${submission.command.kind}\n${submission.key}`
}

export function weightOf(command: Command): number {
  return 'lines' in command && command.lines ? Math.max(1, command.lines.length) : 1
}
