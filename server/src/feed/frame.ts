import type { ServerFrame } from '@cellarhand/protocol/feed'

/**
 * A frame on its way out: JSON in one line. Made once for all who are sent it, and so are its bytes, for each transport that asks for them.
 */
export interface Frame {
  readonly type: ServerFrame['type']
  readonly text: string
  /** the whole message of a WebSocket, head and all */
  message?: Buffer
  /** the lines of an event of Server-Sent Events, without its id */
  event?: Buffer
}

/** A frame of values that change little: for the others see `valuesFrame`. */
export function frameOf(frame: ServerFrame): Frame {
  return { type: frame.type, text: JSON.stringify(frame) }
}

/** A frame of values whose texts are there already. */
export function valuesFrame(
  type: 'offers' | 'levels' | 'entries' | 'hold',
  topic: string,
  values: readonly string[],
  cursor: string | undefined,
): Frame {
  const at = cursor === undefined ? '' : `"cursor":"${cursor}",`
  const list = type === 'hold' ? (values[0] ?? 'null') : `[${values.join(',')}]`
  return { type, text: `{"type":"${type}","topic":${JSON.stringify(topic)},${at}"${type}":${list}}` }
}

const FIN_TEXT = 0x81
/** Up to here the length stands in the second byte; up to 65,535 in two more, beyond in eight (RFC 6455, 5.2). */
const SHORT_MAX = 125
const MEDIUM_MAX = 65_535

/** The frame as one unmasked text message of a WebSocket. */
export function messageOf(frame: Frame): Buffer {
  return (frame.message ??= encodeMessage(frame.text))
}

function encodeMessage(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length <= SHORT_MAX ? 2 : length <= MEDIUM_MAX ? 4 : 10
  const message = Buffer.allocUnsafe(head + length)
  message[0] = FIN_TEXT
  if (head === 2) message[1] = length
  if (head === 4) {
    message[1] = 126
    message.writeUInt16BE(length, 2)
  }
  if (head === 10) {
    message[1] = 127
    message.writeBigUInt64BE(BigInt(length), 2)
  }
  message.write(text, head)
  return message
}

/** The frame as an event, but for its id. The JSON has no line breaks, so that one `data` line is enough. */
export function eventOf(frame: Frame): Buffer {
  return (frame.event ??= Buffer.from(`event: ${frame.type}\ndata: ${frame.text}\n\n`))
}
