'use strict'
const { step } = require('./progress.cjs')
const { saying, setUp, watchSignals } = require('./setup.cjs')
const { runTool } = require('./spawn.cjs')
const { withLock } = require('./lock.cjs')

const tsc = 'typescript/bin/tsc'
const buf = '@bufbuild/buf/bin/buf'
/** What servers read, and what a change of the proto is held against. */
const image = 'proto/cellarhand-v1.binpb'
const protoFix = 'Run "npm run proto" and look at what it changed.'

/**
 * Every check with the tool that makes it; `fix` is what to do when its own words are not enough. The page is bundled, so all that it uses
 * is a development dependency: knip's strict mode, which knows no such thing, looks at the server alone.
 */
const checks = [
  {
    title: 'Types of the packages',
    tool: tsc,
    args: ['-b', 'protocol', 'server', 'client', 'bench', 'tidy'],
    writes: true,
  },
  { title: 'Types of the page and the examples', tool: tsc, args: ['-b', 'web', 'examples'], writes: true },
  { title: 'Types of the tests', tool: tsc, args: ['--noEmit', '-p', 'tsconfig.test.json'] },
  {
    title: 'Lint',
    tool: 'oxlint/bin/oxlint',
    args: ['--type-aware', '--deny-warnings', '--report-unused-disable-directives', '--format=unix'],
  },
  {
    title: 'Format',
    tool: 'oxfmt/bin/oxfmt',
    args: ['--check'],
    fix: 'Run "npm run format" and look at what it changed.',
  },
  { title: 'Proto', tool: buf, args: ['lint', 'proto'] },
  { title: 'Format of the proto', tool: buf, args: ['format', 'proto', '--diff', '--exit-code'], fix: protoFix },
  {
    title: 'Nothing that the proto had is gone or changed',
    tool: buf,
    args: ['breaking', 'proto', '--against', image],
    fix: 'Clients of before would misread this: add beside what there is, and take nothing away.',
  },
  {
    title: 'The image of the proto is of today',
    tool: buf,
    // The other way round: what is new in the files would be gone from the image.
    args: ['breaking', image, '--against', 'proto', '--config', 'proto/buf.yaml'],
    fix: protoFix,
  },
  { title: 'Unused code and dependencies', tool: 'knip/bin/knip.js', args: ['--no-progress'] },
  {
    title: 'The same without tests',
    tool: 'knip/bin/knip.js',
    args: ['--production', '--include', 'files,dependencies,unlisted,unresolved', '--no-progress'],
  },
  {
    title: 'Dependencies of what is served',
    tool: 'knip/bin/knip.js',
    args: ['--strict', '--include', 'unlisted,unresolved', '--no-progress', '--workspace', 'server'],
  },
  { title: 'House rules', tool: 'vitest/vitest.mjs', args: ['run', 'tidy/', '--reporter=default'] },
]

/** Whether the check passed; what its tool said is printed when it did not. */
async function passes({ title, tool, args, fix, writes }) {
  const work = () => runTool(tool, args, { env: { ...process.env, NO_COLOR: '1' } })
  let output = ''
  try {
    await step(title, async () => {
      const result = await (writes ? withLock(work) : work())
      output = result.output
      if (result.code !== 0) throw new Error(title)
    })
    return true
  } catch (error) {
    process.stdout.write(`${output || error.stack}\n${fix ? `${fix}\n` : ''}\n`)
    return false
  }
}

/** `npm run check`: every check, also after one failed, and then "N passed, N failed". */
function runChecks() {
  saying(async () => {
    await setUp([])
    watchSignals()
    let failed = 0
    for (const check of checks) if (!(await passes(check))) failed += 1
    process.stdout.write(`\n${checks.length - failed} passed, ${failed} failed\n`)
    process.exitCode = failed > 0 ? 1 : 0
  })
}

module.exports = { runChecks }
