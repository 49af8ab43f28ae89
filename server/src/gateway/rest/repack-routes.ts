import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Repack } from '@cellarhand/protocol/repack'
import { readDocumentRoutes } from './document-routes.ts'
import type { Services } from '../services.ts'
import { writeRoute } from './write-route.ts'

/** One form of the same bottles made into another. */
export function registerRepackRoutes(app: FastifyInstance, services: Services): void {
  writeRoute(app, services, {
    path: '/v1/repacks',
    id: 'repackBottles',
    summary: 'Repack bottles',
    description:
      'Breaks a case into bottles, or builds one of them, in one entry: no more is broken than is available, and what is built fills what is short first. Of each wine, vintage and format as many bottles are built and lost as are broken. An original case (`OWC`, `OCB`) may be broken, and is never built. What is broken is of the `lot` that a line names, or of the oldest to drink; what is built is of the same lots.',
    answers: { 201: Repack },
    refusals: [
      'insufficient-stock',
      'not-in-lot',
      'repack-unbalanced',
      'original-not-rebuilt',
      'unknown-sku',
      'is-a-bundle',
      'unknown-location',
      'quantity-overflow',
    ],
  })
  readDocumentRoutes(app, services, {
    kind: 'repack',
    path: '/v1/repacks',
    schema: Repack,
    states: Type.Enum(['done']),
    one: { id: 'getRepack', summary: 'A repack' },
    all: { id: 'listRepacks', summary: 'Repacks' },
    description: 'What was broken, built and lost, and what each SKU held then.',
  })
}
