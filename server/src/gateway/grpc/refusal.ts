import { Metadata, type ServerErrorResponse } from '@grpc/grpc-js'
import type { ProblemSlug } from '@cellarhand/protocol/problem'
import { messageOf } from '../../platform/grpc/image.ts'
import { encode, type Plain } from '../../platform/grpc/shape.ts'
import { problemOf } from '../rest/problems.ts'
import { codeOf } from './codes.ts'

/** Why a call is refused, and where in the one order that was decided, where it was. */
export interface Refused {
  readonly slug: ProblemSlug
  readonly detail: string
  readonly members?: Plain | undefined
  readonly position?: string | undefined
  readonly index?: number | undefined
  readonly retryAfterSeconds?: number | undefined
}

const TYPE_BASE = 'type.googleapis.com/'
const Status = messageOf('google.rpc.Status')
const Problem = messageOf('cellarhand.v1.Problem')
const RetryInfo = messageOf('google.rpc.RetryInfo')

/** The refusal as the status of a call, with the problem and, where one may come again, when, among its details. */
export function statusOf(refused: Refused): Partial<ServerErrorResponse> {
  const { slug, detail, retryAfterSeconds } = refused
  const code = codeOf(slug)
  const details = [packed(Problem.typeName, encode(Problem, problemMessage(refused)))]
  if (retryAfterSeconds !== undefined) {
    details.push(packed(RetryInfo.typeName, encode(RetryInfo, { retryDelay: { seconds: retryAfterSeconds } })))
  }
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', encode(Status, { code, message: detail, details }))
  return { code, details: detail, metadata }
}

/** The problem of a refusal, as a message. */
export function problemMessage({ slug, detail, members, position, index }: Refused): Plain {
  const { type, title, status } = problemOf(slug, detail)
  return { type, title, status, detail, slug, members, position, index }
}

function packed(typeName: string, value: Buffer): Plain {
  return { typeUrl: `${TYPE_BASE}${typeName}`, value }
}
