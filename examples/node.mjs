// Follows a bottle, holds two of it, keeps them a little longer, and puts them back.
import { createCellarhand } from '@cellarhand/client'
import { createGuest } from '@cellarhand/client/guest'

const [sku = 'MUSAR-RED-2018-75'] = process.argv.slice(2)
const url = process.env.CELLARHAND_URL ?? 'http://127.0.0.1:7000'
// Whoever has an account or a key answers its token here.
const client = createCellarhand({ url, getToken: createGuest({ url }) })
const say = (line) => process.stdout.write(`${line}\n`)

/** What is asked may be refused: that is an answer like another. */
function done(what, outcome) {
  if (outcome.kind === 'done') return outcome.value
  say(`${what}: ${outcome.kind === 'refused' ? outcome.problem.detail : 'nobody answered'}`)
  client.close()
  return process.exit(1)
}

const offers = client.offers(`sku:${sku}`)
const off = offers.subscribe(() => {
  const { status, data } = offers.view()
  const [offer] = data ?? []
  say(`${sku} is ${status}${offer ? `: ${offer.available} available, ${offer.held} held` : ''}`)
})
await offers.get()
say(`Connected by ${client.connection().way}.`)

const hold = done('The hold', await client.hold({ lines: [{ sku, quantity: 2 }], ttlSeconds: 60 }))
say(`Held until ${hold.expiresAt}.`)
say(`Held until ${done('More time', await client.extend(hold.id, 120)).expiresAt}.`)
const { state, position } = done('The release', await client.release(hold.id))
say(`The hold is ${state}.`)

// The feed is a moment behind the answer.
const numberOf = (at) => Number(at.split('.')[1])
for await (const { data } of offers) if (data?.[0] && numberOf(data[0].position) >= numberOf(position)) break
off()
client.close()
