import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Seals texts that go through places which others may write to: who does not know the secret can neither make one nor change one. It hides nothing, and
 * an old text stays sealed: who opens one has to tell by what is in it whether it still counts.
 */
export interface Seal {
  /** @param purpose what the text is for: one that was sealed for another purpose does not open */
  close(purpose: string, text: string): string
  /** The text, or undefined if it was not sealed so. */
  open(purpose: string, sealed: string): string | undefined
}

/** A SHA-256 in base64url. */
const macChars = 43

/** A seal by HMAC-SHA256: 43 characters before the text. */
export function createSeal(secret: string): Seal {
  const macOf = (purpose: string, text: string) =>
    createHmac('sha256', secret).update(purpose).update('\0').update(text).digest('base64url')
  return {
    close: (purpose, text) => `${macOf(purpose, text)}${text}`,
    open(purpose, sealed) {
      const text = sealed.slice(macChars)
      const given = Buffer.from(sealed.slice(0, macChars))
      const wanted = Buffer.from(macOf(purpose, text))
      return given.length === wanted.length && timingSafeEqual(given, wanted) ? text : undefined
    },
  }
}
