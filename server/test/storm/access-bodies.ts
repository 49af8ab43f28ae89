/** Of operations about people and places, as `bodies` has those of stock. */
export const accessBodies: Readonly<Record<string, unknown>> = {
  'POST /v1/session': { as: 'token' },
  'POST /v1/users': { email: 'jo@cellar.example', name: 'Jo', roles: ['shop'], locations: ['shop'] },
  'PATCH /v1/users/{id}': { name: 'Jo', roles: ['shop'], locations: ['shop'], disabled: false },
  'POST /v1/password': { current: 'as it was', password: 'as it is to be' },
  'POST /v1/keys': { name: 'till', roles: ['shop'], locations: ['shop'], expiresAt: '2099-01-01T00:00:00Z' },
  'POST /v1/suspicions/{party}/clear': { reason: 'They called.' },
  'POST /v1/suspicions/{party}/block': { reason: 'Sells it elsewhere.', hours: 24 },
  'PUT /v1/locations/{id}': { name: 'Annex', kind: 'warehouse', duty: 'paid', owner: 'house' },
  'PUT /v1/channels/{id}': {
    name: 'Club',
    currency: 'EUR',
    duty: 'paid',
    locations: ['warehouse'],
    safetyStock: 0,
    showMax: 12,
    lowAt: 3,
  },
}
