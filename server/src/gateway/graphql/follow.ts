import type { Context } from './context.ts'
import { answerOf, type Accepted, type Answer, type Desk } from './desk.ts'
import type { Asked } from './asked.ts'
import { mapped } from './follow-fields.ts'

/** Begins to follow, and answers with each event as the operation selects of it; or with why nothing is followed. */
export async function follow(
  desk: Desk,
  { operation, cost }: Accepted,
  contextOf: () => Context,
  variables: Asked['variables'],
): Promise<AsyncIterableIterator<Answer> | Answer> {
  const source = await operation.follow(contextOf(), variables)
  if (!(Symbol.asyncIterator in source)) return answerOf(desk, source, cost)
  // Each event is read with a context of its own: what was loaded for the last one may have changed.
  return mapped(source[Symbol.asyncIterator](), async (event) =>
    answerOf(desk, await operation.run(event, contextOf(), variables), cost),
  )
}
