/** A hold this near its end is warned of, ms. */
export const WARN_MS = 60_000

/** Time left as minutes and seconds, "9:41"; hours where there are any. Never below zero: a hold about to lapse reads "0:00". Pure. */
export function formatLeft(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3_600)
  const minutes = Math.floor((seconds % 3_600) / 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** A life in words: "10 min", "1 h", "45 s". Pure. */
export function formatLife(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`
  return seconds >= 60 ? `${Math.round(seconds / 60)} min` : `${seconds} s`
}
