/**
 * A process that starts the embedded PostgreSQL of the folder named on its command line, for tests that kill it or run it as another user. Writes one
 * line of JSON, `{ url, pid, adopted }` or `{ error }`, and stops in order when its input ends.
 */
import { messageOf } from '../src/platform/setup-error.ts'
import { startEmbedded } from '../src/platform/postgres/embedded.ts'

async function main(dataDir: string): Promise<void> {
  try {
    const { url, pid, adopted, ...embedded } = await startEmbedded({
      dataDir,
      say: (line) => process.stderr.write(`${line}\n`),
    })
    process.stdout.write(`${JSON.stringify({ url, pid, adopted })}\n`)
    process.stdin.resume().once('end', () => void embedded.stop().then(() => process.exit(0)))
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: messageOf(error) })}\n`)
    process.exit(1)
  }
}

void main(process.argv[2] ?? '')
