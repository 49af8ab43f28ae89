/** How far apart two `epoch.number` are: above zero where the first is newer, NaN where they are of different logs. Pure. */
export function compare(a: string, b: string): number {
  const [epoch, number] = a.split('.')
  const [other, than] = b.split('.')
  return epoch === other ? Number(number) - Number(than) : Number.NaN
}

/** Whether a position takes the place of a known one. Those of two logs cannot be compared; what the feed tells later is of the present one. Pure. */
export function isNewer(position: string, known = ''): boolean {
  return !(compare(position, known) <= 0)
}
