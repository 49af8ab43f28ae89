import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { must } from '../platform/must.ts'

/** 64 MiB and some 150 ms a try: what OWASP's cheat sheet on password storage asks of scrypt, N = 2^16 with p = 2. */
const COST = { N: 65_536, r: 8, p: 2 }
const MEMORY_MAX = 128 * COST.N * COST.r * 2
const SALT_BYTES = 16
const KEY_BYTES = 32
/** Passwords that are looked at at once: each takes 64 MiB, and a sign-in can wait. */
const AT_ONCE_MAX = 2

/** Least and most characters. NIST SP 800-63B: length counts, and no rules of composition. */
export const PASSWORD_CHARS = { least: 12, most: 200 } as const

type Cost = { N: number; r: number; p: number; maxmem: number }
const derive = promisify<string, Buffer, number, Cost, Buffer>(scrypt)

let busy = 0
const waiting: (() => void)[] = []

async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (busy >= AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve))
  busy += 1
  try {
    return await work()
  } finally {
    busy -= 1
    waiting.shift()?.()
  }
}

/** What is kept of a password: `scrypt$N$r$p$SALT$KEY`. */
async function keepPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await oneOfFew(() => derive(normal(password), salt, KEY_BYTES, { ...COST, maxmem: MEMORY_MAX }))
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** A password as it will be kept, and the one to be used once where it was made here. */
export interface NewPassword {
  readonly kept: string
  readonly once: string | undefined
}

/** Makes ready what is kept of a new password, or of one to be used once. It takes a while: before a transaction, and not in it. */
export async function newPassword(password?: string): Promise<NewPassword> {
  const once = password === undefined ? newOncePassword() : undefined
  return { kept: await keepPassword(password ?? must(once, 'a password')), once }
}

/** A password that nobody has, kept: who does not exist takes as long to refuse as who does. */
let nobodys: Promise<string> | undefined

/** Whether a password is the one that is kept. Takes as long where there is none. */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  nobodys ??= keepPassword(randomBytes(SALT_BYTES).toString('hex'))
  const [, N, r, p, salt = '', key = ''] = (kept ?? (await nobodys)).split('$')
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: MEMORY_MAX }
  const wanted = Buffer.from(key, 'base64url')
  const given = await oneOfFew(() => derive(normal(password), Buffer.from(salt, 'base64url'), wanted.length, cost))
  return timingSafeEqual(given, wanted) && kept !== undefined
}

/** The same letters, however a keyboard has made them. */
const normal = (password: string): string => password.normalize('NFKC')

/** What is wrong with a new password, in a sentence; undefined where it will do. */
export function passwordProblem(password: string, about: readonly string[]): string | undefined {
  const chars = Array.from(password).length
  const { least, most } = PASSWORD_CHARS
  if (chars < least || chars > most) return `A password has ${least} to ${most} characters.`
  if (new Set(password).size < 5) return 'That is too much of the same.'
  const folded = password.toLowerCase()
  const has = about.find((word) => word.length >= 4 && folded.includes(word.toLowerCase()))
  return has === undefined ? undefined : 'It may not hold your name or your address.'
}

/** Without letters and digits that look alike. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
const ONCE_GROUPS = 4
const ONCE_GROUP_CHARS = 5

/** A password to be used once, as it is read from a screen: 99 bits in four groups. */
function newOncePassword(): string {
  const group = () => Array.from({ length: ONCE_GROUP_CHARS }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: ONCE_GROUPS }, group).join('-')
}
