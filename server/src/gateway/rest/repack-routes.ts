import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Repack, RepackRequest, type Contents } from '@cellarhand/protocol/repack'
import type { Command } from '../../stock/stock.ts'
import { readDocumentRoutes } from './document-routes.ts'
import { described } from './openapi.ts'
import type { Services } from '../services.ts'
import { submit, WriteHeaders } from './write.ts'

/** One form of the same bottles made into another. */
export function registerRepackRoutes(app: FastifyInstance, services: Services): void {
  app.post<{ Body: RepackRequest }>(
    '/v1/repacks',
    {
      schema: described('stock', 'Repack bottles', {
        id: 'repackBottles',
        description:
          'Breaks a case into bottles, or builds one of them, in one entry: no more is broken than is available, and what is built fills what is short first. Of each wine, vintage and format as many bottles are built and lost as are broken. An original case (`OWC`, `OCB`) may be broken, and is never built. What is broken is of the `lot` that a line names, or of the oldest to drink; what is built is of the same lots.',
        headers: WriteHeaders,
        body: RepackRequest,
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
      }),
    },
    async (request, reply) => {
      const lines = linesOf(request.body)
      const contents = await services.catalogue.contentsOf([...new Set(lines.map(({ sku }) => sku))])
      return submit(services, request, reply, repackCommand(request.body, lines, contents))
    },
  )
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

type Repacking = Extract<Command, { kind: 'repack' }>

function linesOf(body: RepackRequest): Repacking['lines'] {
  return [
    ...body.break.map((line) => ({ ...line, part: 'broken' as const })),
    ...(body.build ?? []).map((line) => ({ ...line, part: 'built' as const })),
    ...(body.losses ?? []).map((line) => ({ ...line, part: 'lost' as const })),
  ]
}

function repackCommand(body: RepackRequest, lines: Repacking['lines'], contents: readonly Contents[]): Repacking {
  const { location, reference, reason } = body
  return {
    kind: 'repack',
    location,
    ...(reference === undefined ? {} : { reference }),
    ...(reason === undefined ? {} : { reason }),
    lines,
    contents,
  }
}
