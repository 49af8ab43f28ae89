import { FEED_VERSION } from '@cellarhand/protocol/feed'
import { LEVEL_MAX, LINE_MAX, LINES_MAX } from '@cellarhand/protocol/primitives'
import { curlText } from './docs-curl.ts'
import { examples } from './docs-examples.ts'
import { copyable, html, prose, type Html } from './docs-html.ts'

/** A chapter on what holds for many operations. */
export interface Chapter {
  readonly id: string
  readonly title: string
  readonly body: Html
}

const paragraphs = (...texts: readonly string[]): Html => html`${texts.map((text) => html`<p>${prose(text)}</p>`)}`

/** What one has to know before the operations, in the order to read it. */
export function chapters(base: string): readonly Chapter[] {
  return [begin(base), quantities, idempotency(base), positions(base), facts(base), lists, past(base), feed(base)]
}

const example = (name: string, base: string): Html => {
  const found = examples[name]
  return found === undefined ? html`` : copyable(curlText(found, base), 'Example')
}

const begin = (base: string): Chapter => ({
  id: 'begin',
  title: 'To begin with',
  body: html` ${paragraphs(
    'Bodies and answers are JSON. Bodies are neither bent into shape nor trimmed: a quantity of `"3"`, or a member nobody knows, is refused as `invalid-request`.',
    'The examples work on the starter cellar that a first `npm start` stocks. One click selects a whole example. Look at an offer:',
  )}
  ${example('getOffer', base)}
  ${paragraphs('Hold two bottles of it and one of another wine, all or nothing, for five minutes:')}
  ${example('holdBottles', base)}
  ${paragraphs(
    'What is asked for is decided, and may be refused: a hold, an adjustment. What has happened is recorded, and never refused for want of stock: a sale at a till, a breakage, a count.',
    'A stranger may look around. Whoever holds begins a guest session or signs in; what is of the house is for staff. On the machine itself, a token for an hour:',
  )}
  ${copyable('TOKEN=$(npm run --silent cellarhand -- token --role admin --ttl 1h)', 'Token')}
  ${paragraphs('Every request is asked who sends it: docs/accounts.md says how tills, services, staff and customers show it, and who may do what.')}`,
})

const quantities: Chapter = {
  id: 'quantities',
  title: 'Quantities and money',
  body: paragraphs(
    `Quantities are whole bottles, or whole cases of a SKU that is a case: \`${LINE_MAX.toLocaleString('en')}\` in a line at most, \`${LEVEL_MAX.toLocaleString('en')}\` in a level, \`${LINES_MAX}\` lines in a request.`,
    'A level is one SKU at one location. On hand is the sum of its states: `available`, `held`, `committed`, `allocated`, `quarantined` and `short`. Only `short` may be below zero. `incoming` and `incomingCommitted` are not there yet and are not counted.',
    'Money is an integer in the currency’s minor units: `4400` with `EUR` is €44.00, and ¥44 is `44`. A price says whether tax and duty are in it. A channel has one currency.',
    'An offer is availability and price as of one position. `available` is shown up to the channel’s `showMax`; `capped` says that there are more. `held` are bottles in other people’s carts, which may come back. With `coming` bottles are expected: `expectedAt` says when, and a hold line `from: incoming` claims them already.',
  ),
}

const idempotency = (base: string): Chapter => ({
  id: 'idempotency',
  title: 'Idempotency',
  body: html` ${paragraphs(
    'Every write needs an `Idempotency-Key` of 1 to 128 printable characters without spaces: a fresh one for each intent, the same one for each retry of it. A key belongs to one operation.',
    'An effect is remembered with its answer. The same request under the same key is answered with the same status and body again, and `Idempotency-Replayed: true`; nothing is done twice. With another body it is `idempotency-key-reused`. A key whose first request is still under way waits for its answer. Keys are remembered for 62 days, unless whoever runs the server has set another time.',
    'A refusal is not remembered: asking again is deciding again. So after `unavailable`, a timeout or a lost connection, send the same request with the same key: if it had been done, you get its answer; if not, it is decided now.',
  )}
  ${copyable(`KEY=$(date +%s%N)\nfor TRY in 1 2; do\n  curl -i -X POST '${base}/v1/receipts' -H "Idempotency-Key: $KEY" \\\n    -H 'Content-Type: application/json' \\\n    -d '{"location":"warehouse","lines":[{"sku":"MUSAR-RED-2018-75","quantity":12}]}'\ndone`, 'Example: twelve bottles, once')}`,
})

const positions = (base: string): Chapter => ({
  id: 'positions',
  title: 'Positions',
  body: html` ${paragraphs(
    'All that changes what can be seen is appended to one log. A position is a committed transaction’s place in it, written `epoch.number`. `Cellarhand-Position` says where an answer was decided or read; `Cellarhand-Index` is a command’s place within its transaction. A refusal that nothing was committed with stands behind all effects of the position it names, at an index of 1024 or more.',
    'Reads are served from memory, which follows the log. To read what you wrote, on any process, name the position you were answered as `minPosition`: the read waits up to 5 s for it, then is refused as `position-not-reached`; one of another epoch is `position-unknown` at once.',
    'The epoch is one incarnation of the log. It changes when the database is restored from a copy or a standby is promoted: positions of different epochs cannot be compared. Compare positions for equality only, and take nothing else from their text.',
  )}
  ${copyable(`POSITION=$(curl -s -X POST '${base}/v1/receipts' -H "Idempotency-Key: $(date +%s%N)" \\\n  -H 'Content-Type: application/json' \\\n  -d '{"location":"warehouse","lines":[{"sku":"MUSAR-RED-2018-75","quantity":12}]}' |\n  grep -o '"position":"[^"]*"' | tail -n 1 | cut -d '"' -f 4)\ncurl -i "${base}/v1/offers/MUSAR-RED-2018-75?minPosition=$POSITION"`, 'Example: read what was written')}`,
})

const facts = (base: string): Chapter => ({
  id: 'facts',
  title: 'Facts in time',
  body: html` ${paragraphs(
    'Receipts, sales, counts and write-offs are facts. On hand at a level is its latest count plus every bottle that came or went after that count. When it happened (`occurredAt`) decides, not when it was heard of. Facts may come late and in any order: on hand ends the same.',
    'A sale from before the latest count changes nothing on hand, since the count has seen it; the answer says `rebased: true`. A count older than the latest is history, and says the same. An `occurredAt` in the future is set to now, and says `clamped: true`.',
    'A fact takes from what is available; then from the newest holds, which are revoked whole and named in `revokedHolds`; then from `short`, which is named in `shortfalls`. The next bottles that come in fill `short` before anything is available again.',
  )}
  ${example('recordSale', base)}`,
})

const lists: Chapter = {
  id: 'lists',
  title: 'Lists and versions',
  body: paragraphs(
    'A list is `{ items, next?, position }`. Send `next` back as `cursor` for the following page, as it is; without `next` it was the last. `limit` is 50 unless told otherwise, 500 at most.',
    'A level’s `version` moves with every physical change, its `revision` with every change. `/v1/stock` with both `sku` and `location` answers the version as `ETag`; an adjustment with `If-Match: "12"` is made only if the level is still at version 12, and refused as `version-stale` otherwise.',
  ),
}

const past = (base: string): Chapter => ({
  id: 'past',
  title: 'The past',
  body: html` ${paragraphs(
    '`/v1/stock` with `at` or `position` answers the levels of that moment as the books stood then: what had been recorded by it, and nothing that was heard of later. With `basis=occurred` it answers on hand at that moment as it is known now: the latest count up to it, and every bottle that came or went between.',
    '`/v1/reports/value` says what stock was worth at a moment: by lot, first-in first-out, and moving average. Amounts are in minor units; bottles whose cost nobody knows are counted as `unvalued`.',
    '`/v1/movements` is the journal between two moments, `/v1/reports/month-end` a month: opening, changes, closing. Both answer CSV to `Accept: text/csv`; text that a spreadsheet would run as a formula begins with an apostrophe there. The report of a month that is over never changes.',
  )}
  ${example('getMonthEnd', base)}`,
})

const frames = `event: welcome
data: {"type":"welcome","version":${FEED_VERSION},"epoch":"k3v9x2ab","head":"k3v9x2ab.1743","pingMs":10000}

event: offers
data: {"type":"offers","topic":"sku:MUSAR-RED-2018-75@web","offers":[{"sku":"MUSAR-RED-2018-75","channel":"web","available":24,"capped":true,"held":2,"status":"in_stock","price":{"amountMinor":4400,"currency":"EUR","taxIncluded":true,"dutyIncluded":true},"position":"k3v9x2ab.1741"}]}

id: k3v9x2ab.1743
event: ready
data: {"type":"ready","topic":"sku:MUSAR-RED-2018-75@web","resumed":false,"cursor":"k3v9x2ab.1743"}

id: k3v9x2ab.1744
event: offers
data: {"type":"offers","topic":"sku:MUSAR-RED-2018-75@web","cursor":"k3v9x2ab.1744","offers":[{"sku":"MUSAR-RED-2018-75","channel":"web","available":24,"capped":true,"held":3,"status":"in_stock","price":{"amountMinor":4400,"currency":"EUR","taxIncluded":true,"dutyIncluded":true},"position":"k3v9x2ab.1744"}]}
`

const feed = (base: string): Chapter => ({
  id: 'frames',
  title: 'The feed',
  body: html` ${paragraphs(
      '`/v1/feed` sends what you name, as it is, and then every change: over a WebSocket (`Upgrade`), as Server-Sent Events (`Accept: text/event-stream`), or as a long-poll, which answers when there is news. The frames are the same. What a client has to do is on one page, protocol/PROTOCOL.md; the schemas of all frames are at `/v1/asyncapi.json`.',
    )}
    <dl class="frames">
      <dt><code>welcome</code></dt>
      <dd>The first frame: the version of the wire, and where the log stands.</dd>
      <dt><code>offers</code>, <code>levels</code></dt>
      <dd>
        ${prose('Values of a topic as they are now, with the `cursor` to go on from. What left the topic is `{ sku, channel, gone: true, position }`.')}
      </dd>
      <dt><code>ready</code></dt>
      <dd>
        ${prose('The topic is whole: from here on the view is true. With `resumed: false`, what you had and was not sent is gone.')}
      </dd>
      <dt><code>reset</code></dt>
      <dd>
        ${prose('The topic’s cursor cannot be gone on from: forget what you have of it, a snapshot follows. `reason` is `epoch`, `too_old`, `ahead`, `rebuilt`, `expired` or `malformed`.')}
      </dd>
      <dt><code>progress</code>, <code>ping</code></dt>
      <dd>
        Every topic is whole up to this cursor; a sign of life every 10 s, with where the log stands, so that a dead
        line is noticed.
      </dd>
      <dt><code>reconnect</code></dt>
      <dd>The server is going away: come back after so long, with your cursors.</dd>
    </dl>
    ${copyable(frames, 'Frames as they come')}
    ${paragraphs(
      'A client that comes back with its cursor gets every value that changed since, as it is now (an `EventSource` does by itself, with `Last-Event-ID`). A slow client gets the newest value of each, and never more than one at a time: values that were superseded are left out, positions only rise, nothing else is missing.',
    )}
    ${example('follow', base)}`,
})
