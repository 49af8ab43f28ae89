import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../platform/config.ts'
import { serve } from './serve.ts'

test('a policy file with mistakes stops the start before there is a database', async () => {
  const home = mkdtempSync(join(tmpdir(), 'serve-policy-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const policyFile = join(home, 'own.jsonl')
  writeFileSync(policyFile, '{"rule":"age"}\n')
  const config = loadConfig({ CELLARHAND_POLICY_FILE: policyFile, CELLARHAND_DATA: join(home, 'data') })
  // Aborted from the beginning: should it start all the same, it stops again.
  const options = { starter: false, say: () => {}, signal: AbortSignal.abort() }
  const refusal = serve({ ...config, logLevel: 'silent' }, options).then(({ done }) => done)
  await expect(refusal).rejects.toThrow('line 1: "place" has to be')
  expect(existsSync(join(home, 'data'))).toBe(false)
})
