import type { Outcome, Scenario, Stage } from '../scenarios/scenario.ts'
import { crowd } from './crowd.ts'
import { graphql } from './graphql.ts'
import { grpc } from './grpc.ts'
import { guarded } from './guarded.ts'

/** What it costs that it matters who asks, and by which way, and what others feel of one who asks for too much: one after another. */
export const api: Scenario = {
  summary: 'guarded, graphql, grpc and crowd, one after another',
  seconds: 5,
  run: runAll,
}

async function runAll(stage: Stage): Promise<Outcome> {
  const outcomes: Outcome[] = []
  for (const part of [guarded, graphql, grpc, crowd]) {
    stage.say.line(`  ${part.summary}`)
    outcomes.push(await part.run(stage))
    await stage.cleanup.run()
  }
  const reports = outcomes.map(({ report }) => report)
  return {
    report: {
      scenario: 'api',
      rows: reports.flatMap(({ rows }) => rows),
      ratios: Object.assign({}, ...reports.map(({ ratios }) => ratios)) as Record<string, number>,
      marks: reports.flatMap(({ marks }) => marks),
    },
    facts: outcomes[0]?.facts ?? [],
  }
}
