/** What PostgreSQL or the system said, beside what it means and what to do. First match wins. */
const meanings: readonly [RegExp, string][] = [
  [
    /No space left on device|ENOSPC|Disk quota exceeded/i,
    'the disk is full. Free some space and start again; nothing that was confirmed is lost.',
  ],
  [
    /cannot be run as root|"root" execution/i,
    'PostgreSQL does not run as root and no other user could be found for it. Start as an ordinary user, or set DATABASE_URL.',
  ],
  [
    /could not look up effective user ID/i,
    'this user has no entry in /etc/passwd, which PostgreSQL asks for. Add one, start as another user, or set DATABASE_URL.',
  ],
  [
    /database files are incompatible|was initialized by PostgreSQL version/i,
    'the data folder was made by another version of PostgreSQL. Start it with the release that made it, or choose another folder.',
  ],
  [
    /could not create shared memory|could not map anonymous shared memory|Cannot allocate memory/i,
    'there is not enough memory for PostgreSQL. Close something, or allow the container more.',
  ],
  [
    /invalid page|could not locate a valid checkpoint record|incorrect checksum|PANIC:.*(corrupt|checkpoint)/i,
    'its files are damaged. Keep a copy of the data folder before anything else, then restore a backup.',
  ],
  [
    /Permission denied|EACCES|Operation not permitted|EPERM|Read-only file system|EROFS|has wrong ownership|invalid permissions/i,
    'its files may not be read or written by this user. Give the data folder to this user with chown, or start as the one who owns it.',
  ],
  [
    /error while loading shared libraries|GLIBC_|version .* not found|ENOENT/i,
    'its programs do not run on this system (they are built for glibc; Alpine has another). Set DATABASE_URL to a PostgreSQL of your own.',
  ],
]

const maxQuoteChars = 600

/** One sentence for what went wrong, with what to do, from the output of PostgreSQL's programs; its last lines are quoted. */
export function explain(what: string, output: string): string {
  const meaning = meanings.find(([pattern]) => pattern.test(output))?.[1]
  const text = output.trim()
  const tail = text.slice(-maxQuoteChars)
  // What is cut is cut at a line.
  const quote = tail.length < text.length ? tail.slice(tail.indexOf('\n') + 1) : tail
  const said = quote === '' ? '' : `\nPostgreSQL said:\n${quote}`
  return `${what}: ${meaning ?? 'it ended without being asked to.'}${said}`
}
