import fs from 'node:fs'

/** The comment on a test's line or right above it: why it is skipped, where the test itself did not say. */
function commentAt(file, line) {
  if (!line) return ''
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  for (const at of [line - 1, line - 2]) {
    const comment = /\/\/\s*(.+)$/.exec(lines[at] ?? '')
    if (comment) return comment[1].trim()
  }
  return ''
}

function reasonOf(test) {
  const note = test.result().note
  if (note) return note
  for (let at = test; at?.location; at = at.parent) {
    const comment = commentAt(test.module.moduleId, at.location.line)
    if (comment) return comment
  }
  return ''
}

function summaryOf(module) {
  const tests = [...module.children.allTests()]
  const inState = (state) => tests.filter((test) => test.result().state === state)
  const suites = [...module.children.allSuites()]
  const broken = [module, ...suites].filter((suite) => suite.errors().length > 0)
  return {
    passed: inState('passed').length,
    // A file that does not load has no tests to fail, and is a failure all the same.
    failed: inState('failed').length + broken.length,
    skipped: inState('skipped').map((test) => ({
      name: `${module.relativeModuleId} > ${test.fullName}`,
      reason: reasonOf(test),
    })),
  }
}

/** A vitest reporter that leaves { passed, failed, skipped: [{ name, reason }] } in the file that TEST_RESULTS_FILE names. */
// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter by its default export
export default class ResultsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const all = modules.map(summaryOf)
    const sum = (key) => all.reduce((total, one) => total + one[key], 0)
    const results = {
      passed: sum('passed'),
      failed: sum('failed') + unhandledErrors.length,
      skipped: all.flatMap((one) => one.skipped),
    }
    if (process.env.TEST_RESULTS_FILE) fs.writeFileSync(process.env.TEST_RESULTS_FILE, JSON.stringify(results))
  }
}
