/** How far apart two `epoch.number` are: above zero where the first is newer, NaN where they are of different logs. Pure. */
export function compare(a: string, b: string): number {
  const [epoch, number] = a.split('.')
  const [other, than] = b.split('.')
  return epoch === other ? Number(number) - Number(than) : Number.NaN
}
