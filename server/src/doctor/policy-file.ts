import type { Config } from '../platform/config.ts'
import { SetupError } from '../platform/setup-error.ts'
import { loadPolicy, ownPolicyFiles } from '../policy/policy.ts'
import { bad, good, type Finding } from './finding.ts'

/** Whether the records of ages and destinations can be read, those of one's own file with them. */
export async function checkPolicyFile(config: Pick<Config, 'policyFile'>): Promise<Finding> {
  const own = ownPolicyFiles(config)
  try {
    await loadPolicy(own)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    return bad(error.message, 'Put it right; the server does not start before.')
  }
  const together = own.length > 0 ? `, those of ${own.join(', ')} with them` : ''
  return good(`The policy of ages and destinations can be read${together}.`)
}
