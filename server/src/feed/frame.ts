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
  /** the frame as a packet of Socket.IO */
  packet?: Packet
}

/** An event of Socket.IO, as its engine takes it: a text for whichever transport, and beside it the whole message of a WebSocket, which it writes as it is. */
export interface Packet {
  readonly text: string
  readonly bytes: number
  readonly options: { readonly compress: false; readonly wsPreEncodedFrame: readonly [Buffer] }
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

/** The frame as an event of Socket.IO, by the name of its type. */
export function packetOf(frame: Frame): Packet {
  return (frame.packet ??= encodePacket(frame.type, frame.text))
}

/**
 * `2[name,frame]`: an event without a namespace; in front of it stands the engine's 4, a message (Socket.IO protocol, version 5).
 *
 * @param json one argument of the event
 */
export function encodePacket(name: string, json: string): Packet {
  const text = `2["${name}",${json}]`
  const message = encodeMessage(`4${text}`)
  return { text, bytes: message.length, options: { compress: false, wsPreEncodedFrame: [message] } }
}
