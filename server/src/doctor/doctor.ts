import type { Config } from '../platform/config.ts'
import { systemClock } from '../platform/ids.ts'
import { messageOf } from '../platform/setup-error.ts'
import { checkBinaries, checkDatabase, checkEmbedded } from './database.ts'
import { bad, type Finding } from './finding.ts'
import { checkClock, checkDataDir, checkDisk, checkNode, checkPlatform, checkPort } from './machine.ts'
import { withDatabaseCa } from '../platform/postgres/tls.ts'
import { checkPolicyFile } from './policy-file.ts'
import { checkRedis } from './redis.ts'

/**
 * Looks at a set-up and says in plain words what is right and what is not, with what to do. Changes nothing, starts nothing, and may run beside a
 * server.
 *
 * @returns whether all is well, and each thing that was looked at, in the order in which to put them right
 */
export async function runDoctor(config: Config): Promise<{ ok: boolean; findings: Finding[] }> {
  const findings = [
    await guarded('Node.js', () => checkNode()),
    await guarded('the system', () => checkPlatform(config)),
    ...(config.databaseUrl
      ? []
      : [
          await guarded('the data folder', () => checkDataDir(config)),
          await guarded('the disk', () => checkDisk(config)),
          await guarded('the embedded PostgreSQL', checkBinaries),
        ]),
    await guarded('the port', () => checkPort(config)),
    await guarded('the policy file', () => checkPolicyFile(config)),
  ]
  const { findings: ofDatabase, nowMs } = await databaseFindings(config)
  findings.push(...ofDatabase, checkClock(systemClock.nowMs(), nowMs))
  const { redisUrl } = config
  if (redisUrl) findings.push(await guarded('Redis', () => checkRedis(redisUrl, config)))
  return { ok: findings.every((finding) => finding.ok), findings }
}

async function databaseFindings(config: Config): Promise<{ findings: Finding[]; nowMs: number | undefined }> {
  try {
    if (config.databaseUrl) return await checkDatabase(withDatabaseCa(config.databaseUrl, config.databaseCa))
    const { finding, url } = await checkEmbedded(config)
    if (url === undefined) return { findings: [finding], nowMs: undefined }
    const { findings, nowMs } = await checkDatabase(url)
    return { findings: [finding, ...findings], nowMs }
  } catch (error) {
    return { findings: [failed('the database', error)], nowMs: undefined }
  }
}

/** A check that cannot be made must not hide the others. */
async function guarded(what: string, check: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await check()
  } catch (error) {
    return failed(what, error)
  }
}

const failed = (what: string, error: unknown): Finding =>
  bad(`It could not be told how ${what} is: ${messageOf(error)}.`, 'Run it as the user who starts the server.')
