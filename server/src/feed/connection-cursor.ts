import { parsePosition } from '../log/log.ts'

const whole = /^([a-z0-9]{6,32})\.(\d{1,16})((?:,\d{1,3}:(?:\d{1,16}|-)){0,128})$/

/**
 * The cursors of a connection's topics, in their order, from the one text that stands for all: `EPOCH.N`, and behind it `,PLACE:N` or `,PLACE:-` for topics that stand
 * elsewhere or nowhere. What cannot be read is each topic's, which will be refused as such.
 */
export function cursorsOf(text: string, topics: number): (string | undefined)[] {
  const parts = whole.exec(text)
  const [, epoch, number, exceptions] = parts ?? []
  if (epoch === undefined || !parsePosition(`${epoch}.${number}`)) return Array.from({ length: topics }, () => text)
  const cursors: (string | undefined)[] = Array.from({ length: topics }, () => `${epoch}.${number}`)
  for (const exception of exceptions?.split(',').slice(1) ?? []) {
    const [place, at] = exception.split(':')
    if (Number(place) < topics) cursors[Number(place)] = at === '-' ? undefined : `${epoch}.${at}`
  }
  return cursors
}
