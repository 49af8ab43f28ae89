import type { Example } from './docs-examples.ts'

const someUser = { email: 'jo@cellar.example', name: 'Jo at the counter', roles: ['shop'], locations: ['shop'] }
const someKey = { name: 'till 2', roles: ['shop'], locations: ['shop'] }

/** Who asks, and who may: requests that can be copied. */
export const accessExamples: Readonly<Record<string, Example>> = {
  startSession: { method: 'POST', path: '/v1/session', body: { as: 'token' } },
  getSession: { method: 'GET', path: '/v1/session' },
  takeTicket: { method: 'POST', path: '/v1/feed-tickets' },
  listUsers: { method: 'GET', path: '/v1/users' },
  makeUser: { method: 'POST', path: '/v1/users', body: someUser },
  changeUser: {
    needs: 'user',
    method: 'PATCH',
    path: '/v1/users/$USER',
    body: { roles: ['shop', 'cellar'], locations: null },
  },
  changePassword: {
    method: 'POST',
    path: '/v1/password',
    body: { current: 'what it was until now', password: 'a sentence that nobody guesses' },
  },
  listKeys: { method: 'GET', path: '/v1/keys' },
  makeKey: { method: 'POST', path: '/v1/keys', body: someKey },
  revokeKey: { needs: 'key', method: 'DELETE', path: '/v1/keys/$KEY' },
  listAudit: { method: 'GET', path: '/v1/audit?limit=10' },
  listSuspicions: { method: 'GET', path: '/v1/suspicions' },
  clearSuspicion: {
    method: 'POST',
    path: '/v1/suspicions/guest:019a0000-0000-7000-8000-000000000001/clear',
    body: { reason: 'They called: it was a gift list.' },
  },
  blockSuspicion: {
    method: 'POST',
    path: '/v1/suspicions/guest:019a0000-0000-7000-8000-000000000001/block',
    body: { reason: 'Sells our club wine elsewhere.', hours: 24 },
  },
  exportCustomer: { method: 'GET', path: '/v1/customer-data?customer=anna' },
  eraseCustomer: { method: 'DELETE', path: '/v1/customer-data?customer=anna' },
  putLocation: {
    method: 'PUT',
    path: '/v1/locations/annex',
    body: { name: 'Annex', kind: 'warehouse', duty: 'paid', owner: 'house' },
  },
  putChannel: {
    method: 'PUT',
    path: '/v1/channels/club',
    body: {
      name: 'Club',
      currency: 'EUR',
      duty: 'paid',
      locations: ['warehouse'],
      safetyStock: 0,
      showMax: 12,
      lowAt: 3,
    },
  },
}

/** What is done before some of them. */
export const accessSteps = {
  user: [
    {
      found: 'USER',
      example: { method: 'POST', path: '/v1/users', body: { ...someUser, email: 'mo@cellar.example' } },
    },
  ],
  key: [{ found: 'KEY', example: { method: 'POST', path: '/v1/keys', body: someKey } }],
} as const satisfies Record<string, readonly { found: string; example: Example }[]>
