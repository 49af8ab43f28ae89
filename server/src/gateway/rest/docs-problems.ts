import { PROBLEM_BASE, problems, type ProblemSlug } from '@cellarhand/protocol/problem'
import { html, prose, type Html } from './docs-html.ts'

/** What to do about each problem, and what its document says beside the usual members. */
const advice: Readonly<Record<ProblemSlug, string>> = {
  'invalid-request':
    'Put right what `detail` names. `errors` has where it stands, as JSON pointers. Sending the same again is of no use.',
  unprocessable:
    'Each part is as its schema has it, and together they make no request: two that exclude one another, one that needs another, a cursor of another list. `detail` says which. Sending the same again is of no use.',
  'idempotency-key-required': 'Send an `Idempotency-Key`: a fresh one for each intent, the same one when you retry it.',
  unauthenticated:
    'Sign in, or send `Authorization: Bearer` with a token, or `X-API-Key`. A guest begins a session with `POST /v1/session`. A token that has ended is to be renewed.',
  forbidden:
    'Sending it again is of no use. `detail` says what is missing: a role, a location, that a member of the body is for staff, or that the page that asks is of an origin that the setting `CELLARHAND_ALLOWED_ORIGINS` does not list.',
  'email-taken': 'Change that account, or take another address.',
  'customer-active': '`holds` and `orders` say how many: give them back, hand them over or cancel them first.',
  'wrong-password': 'Try again. After eight wrong ones in a row nobody can sign in for five minutes.',
  'invalid-setting': '`detail` says what stands against it, and what to do first.',
  'not-found': 'Check the path or the id. What is somebody else’s is, to you, not there.',
  'method-not-allowed': 'Use one of the methods in the `Allow` header.',
  'operation-too-complex':
    'GraphQL: the operation is deeper, longer or dearer than is answered. `detail` says by what; ask for less at once, or for smaller pages.',
  'operation-not-registered':
    'GraphQL: only registered operations are carried out, and this is none of them; or its hash is not known yet, and its text has to be sent along.',
  'request-timeout': 'The request was not whole within 30 s. Send it again with the same key.',
  'insufficient-stock':
    '`lines` has, for each line that cannot be filled, what was `requested` and what is `available` now. Ask for fewer, or wait for the feed.',
  'insufficient-allotment':
    '`lines` has what was `requested` and what is `available` in the allotment. Take fewer, or allocate more first.',
  'not-quarantined': '`quarantined` has how many stand there. `/v1/levels` shows each level’s.',
  'not-for-sale': 'Set a price for `sku` in that channel, or take another channel.',
  'lot-not-offered':
    '`sku` and `lot` say which. `/v1/lot-offers` lists those that are; offer it first, or hold the SKU whatever the lot.',
  'price-changed':
    '`price` has the price as it is now. Show it to your customer, and ask again with it as `expectedPrice`.',
  'hold-ended':
    '`state` says how: revoked, released, expired or committed. A hold that ended does not come back: make a new one.',
  'hold-life-exceeded': '`latest` is the end of the longest life it may have. Confirm it, or let it go.',
  'nothing-outstanding':
    'Read the commitment: what is shipped or cancelled is no longer outstanding. `requested` and `outstanding` have the figures.',
  'belongs-to-order': 'Use the same verb of `/v1/orders/{id}`; `order` has its id.',
  'reference-taken':
    '`order` has the id of the order that has it. If you asked twice under two keys, that is your order; else take another `externalRef`.',
  'order-state': '`state` says how the order stands, `possible` what may be done with it now.',
  'order-full': 'Ship, pick or return more bottles at a time.',
  'nothing-to-return': 'Read the order: what came back before cannot come back again. `outstanding` has how many may.',
  'too-young': '`years` has how old one has to be there, `ofAgeOn` from which day the buyer is.',
  'age-unknown':
    'Say `buyer.bornOn`, or `buyer.ageVerifiedBy` where somebody has looked. At a collection that is who hands over.',
  'sale-prohibited': 'Do not sell there. `source` names the law.',
  'destination-blocked': 'Do not ship there. `detail` is for your customer, `source` names the law.',
  'policy-unknown': '`detail` says what is missing and which file to edit; docs/policies.md has how.',
  'below-zero':
    '`available` has what an adjustment may take. If the bottles are gone, record that as a write-off or a count: facts are never refused.',
  'version-stale':
    'The level has changed meanwhile: `version` and `available` have what it is now. Look again, then decide anew.',
  'misdirected-request':
    'Ask for the address itself, or for `localhost`. Where people reach the server by a name, set `CELLARHAND_PUBLIC_URL` to it.',
  'body-too-large': 'A body has 1 MiB at most. Send fewer lines at a time.',
  'unsupported-media-type': 'Send JSON, with `Content-Type: application/json`.',
  'unknown-sku': '`sku` is in no catalogue. Import it first.',
  'unknown-location': 'Take one of those that `/v1/locations` lists.',
  'invalid-transfer': 'A transfer goes from one location to another.',
  'duty-differs':
    'A transfer stays in bond, or where duty is paid. Clear the duty with `/v1/clearances`, from a location in bond to one where it is paid.',
  'owner-differs':
    'Bottles of another owner are not mixed with yours by accident. Where that is meant, say `changesOwner: true` in the transfer.',
  'is-a-bundle': 'Name its `components`, which the problem lists. A bundle is priced, held and sold, and nothing else.',
  'invalid-recipe':
    'Components are SKUs without a recipe. What stands somewhere cannot become a bundle, and a mixed case changes only while none is there.',
  'invalid-lot-offer':
    '`detail` says why. A lot is sold as one SKU, which is like its own in all but the name, and of which nothing else stands anywhere.',
  'repack-unbalanced':
    '`bottles` has, for each wine, vintage and format that does not come out even, how many would be broken, built and lost. Name what broke on the way in `losses`.',
  'original-not-rebuilt': 'An `OWC` or `OCB` says that nobody has opened it. Build a SKU whose packaging is a carton.',
  'not-in-transfer': 'What came besides is a receipt of its own.',
  'not-in-order': 'What came besides is a receipt of its own.',
  'promised-already':
    '`lines` has, of what is expected, what is `free` and what is `promised`. Cancel with those who were promised bottles first; or, if it is a fact that no more will come, close the order: receive it with `close: true`.',
  'currency-required': 'Give `currency`: what the amounts of the lines are in.',
  'reason-required': 'Give `reason`: one of the reasons of a write-off.',
  'not-in-bin': '`there` has how many lie there. `/v1/parcels` shows where bottles lie.',
  'not-in-lot': '`there` has how many bottles of the lot are at that location. `/v1/parcels` shows where they are.',
  'not-a-bottle': '`pack` has how many bottles the case has. Open a SKU that is a single bottle.',
  'bottle-finished': '`state` says how: empty or discarded. There is nothing left to throw away.',
  'serving-unknown': 'Give `ml`, or say `servingMl` when the bottle is opened.',
  'unknown-channel': 'Take one of those that `/v1/channels` lists.',
  'location-not-in-channel': 'Take a location that the channel sells from, or leave `location` out.',
  'currency-mismatch': 'A channel has one currency, which `/v1/channels` says.',
  'unknown-time-zone': 'Take a name of the IANA time zone database, such as `Europe/Paris`.',
  'not-yet': 'The past can be read, and what is not over cannot. Leave the time out to read what is now.',
  'position-unknown':
    'Positions belong to one epoch of the log, and are known up to its newest. Take one that an answer of this epoch gave.',
  'quantity-overflow': 'A line has 1,000,000 bottles at most, a level 1,000,000,000.',
  'idempotency-key-reused':
    'The key belongs to another request. Take a new one for a new intent; a retry has to be the same to the letter.',
  'proof-required':
    'Much was held and not bought. Send whoever holds to `signIn`, a path of this server: a guest signs in, and whoever has signed in does it again, with the password. Then ask again.',
  'too-many-holds':
    '`holds` and `units` say what is held, and `holdsMax` and `unitsMax` what may be. Give some back, or buy them first.',
  'too-many-requests': 'Wait as long as `Retry-After` says.',
  internal: 'It is our fault, and in the log. A retry with the same key is safe.',
  unavailable:
    'Wait as long as `Retry-After` says, then send the same request with the same key: it tells what was done, and does it at most once.',
  'position-not-reached': 'Read again: what you wait for has not come by yet.',
}

/** Every problem, with its status and what to do about it. */
export function problemSection(): Html {
  const rows = (Object.keys(problems) as ProblemSlug[]).map((slug) => {
    const { status, title } = problems[slug]
    return html`<tr id="problem-${slug}">
      <th scope="row"><code>${slug}</code> <span class="status">${status}</span></th>
      <td><span class="said">${title}.</span> ${prose(advice[slug])}</td>
    </tr>`
  })
  return html`<section id="problems">
    <h2>Problems</h2>
    <p>
      ${prose('Whatever is refused is answered as `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`, and what helps to go on. Tell problems apart by `type`, which never changes; `detail` is for people and may.')}
    </p>
    <p>
      ${prose(`A problem’s \`type\` is \`${PROBLEM_BASE}\` and its name below. It is a name, and need not lead anywhere.`)}
    </p>
    <table>
      <caption>
        All problems
      </caption>
      <thead>
        <tr>
          <th scope="col">Name and status</th>
          <th scope="col">What to do</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`
}

/** The names of problems that a description lists, in its order. */
export function problemsIn(description: string): ProblemSlug[] {
  return [...description.matchAll(/`([a-z-]+)`: /g)].flatMap(([, slug]) =>
    slug !== undefined && slug in problems ? [slug as ProblemSlug] : [],
  )
}
