import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkPolicyFile } from './policy-file.ts'

test('the doctor says whether the policy can be read, and names the lines that cannot', async () => {
  const home = mkdtempSync(join(tmpdir(), 'doctor-policy-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const policyFile = join(home, 'own.jsonl')
  expect(await checkPolicyFile({ policyFile: undefined })).toMatchObject({ ok: true })
  expect(await checkPolicyFile({ policyFile })).toMatchObject({ ok: false, what: expect.stringContaining('ENOENT') })
  writeFileSync(policyFile, '{"rule":"age","place":"FR","from":"2026-01-01","years":21,"source":"our licence"}\n{\n')
  expect(await checkPolicyFile({ policyFile })).toMatchObject({
    ok: false,
    what: expect.stringContaining('line 2: it is not a JSON object'),
    advice: expect.stringContaining('does not start before'),
  })
  writeFileSync(policyFile, '')
  expect(await checkPolicyFile({ policyFile })).toMatchObject({ ok: true, what: expect.stringContaining(policyFile) })
})
