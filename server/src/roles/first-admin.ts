import type pg from 'pg'
import { hasUserOf, makeUser, newPassword, record } from '../access/access.ts'
import type { AccountsServed } from '../gateway/accounts/accounts.ts'

/** What the first of those who administer a cellar signs in with. */
const FIRST_EMAIL = 'admin@localhost'

/** Makes somebody who administers the cellar, where nobody does, and says once how they get in. */
export async function makeFirstAdmin(
  pool: pg.Pool,
  { publicUrl, newId }: Pick<AccountsServed, 'publicUrl' | 'newId'>,
  say: (line: string) => void,
): Promise<void> {
  if (await hasUserOf(pool, 'admin')) return
  const first = { email: FIRST_EMAIL, name: 'First admin', roles: ['admin'], password: await newPassword() } as const
  const made = await makeUser(pool, first, { newId })
  if (made === 'taken') {
    // Another process was quicker; or there is one who was locked out on purpose.
    if (await hasUserOf(pool, 'admin')) return
    say(
      'Nobody may administer this cellar: cellarhand user add --role admin --email … --name … makes somebody who does.',
    )
    return
  }
  const subject = `user:${made.user.id}`
  const deed = { operation: 'makeUser', target: subject, outcome: 'done', detail: { roles: ['admin'], first: true } }
  await record(pool, { subject: 'cellarhand', via: 'command' }, deed)
  for (const line of [
    '',
    '  Nobody may administer this cellar yet. The first who does signs in at',
    `    ${publicUrl}/session/sign-in`,
    `  as ${FIRST_EMAIL} with the password ${made.oncePassword}`,
    '  It is for one time, is shown only now, and asks for another.',
  ])
    say(line)
}
