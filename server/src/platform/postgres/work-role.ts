import type pg from 'pg'
import { connect } from './database.ts'
import { lockMigrations, migrationsSchema, ourSchemas } from './migrate.ts'

/** Whom a server works as, and what of the database they may not do. */
export interface WorkRole {
  readonly name: string
  /** Of a role that is ours to make; undefined where whoever runs the database has made it. */
  readonly password: string | undefined
  /** `schema.name` of tables that are only ever added to */
  readonly appendOnly: readonly string[]
}

/**
 * Lets a role read and write the rows of our tables, and nothing else: it makes, changes and empties no table, and of what is only ever added to it changes no row. What it may already
 * is left as it is, so that a start changes nothing in a database that others work in.
 *
 * @param url as whoever owns the schema
 */
export async function letWork(url: string, role: WorkRole, say: (line: string) => void): Promise<void> {
  const client = await connect(url, { applicationName: 'cellarhand roles', idleInTransactionTimeoutMs: 0 })
  try {
    await lockMigrations(client, say)
    if (role.password !== undefined) await makeRole(client, role.name, role.password)
    const { rows } = await client.query<{ sql: string }>(missingSql, [
      role.name,
      ourSchemas(),
      migrationsSchema,
      role.appendOnly,
    ])
    for (const { sql } of rows) await client.query(sql)
  } finally {
    // Ending the session lets go of the lock, however it went.
    await client.end().catch(() => {})
  }
}

async function makeRole(client: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name])
  const verb = rowCount === 0 ? 'create' : 'alter'
  await client.query(
    `${verb} role ${client.escapeIdentifier(name)} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit password ${client.escapeLiteral(password)}`,
  )
}

/** What is missing, as statements. Partitions are reached by their tables; through a view its owner would be writing. */
const missingSql = `
  with given as (select $1::text as role, $2::text[] as schemas, $3::text as told, $4::text[] as append_only),
  wanted as (
    select c.oid, format('%I.%I', n.nspname, c.relname) as name, p.privilege,
      case when n.nspname = g.told or c.relkind = 'v' then p.privilege = 'select'
        when n.nspname || '.' || c.relname = any (g.append_only) then p.privilege in ('select', 'insert')
        else p.privilege <> 'truncate' end as wanted
    from given g join pg_namespace n on n.nspname = any (g.schemas || g.told)
    join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v') and not c.relispartition
    cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p(privilege))
  select format('grant usage on schema %I to %I', n.nspname, g.role) as sql
    from given g join pg_namespace n on n.nspname = any (g.schemas || g.told)
    where not has_schema_privilege(g.role, n.oid, 'usage')
  union all
  select format('grant usage, select on sequence %I.%I to %I', n.nspname, c.relname, g.role)
    from given g join pg_namespace n on n.nspname = any (g.schemas) join pg_class c on c.relnamespace = n.oid and c.relkind = 'S'
    where not has_sequence_privilege(g.role, c.oid, 'usage')
  union all
  select format(case when w.wanted then 'grant %s on %s to %I' else 'revoke %s on %s from %I' end, w.privilege, w.name, g.role)
    from given g cross join wanted w where has_table_privilege(g.role, w.oid, w.privilege) <> w.wanted`

/** What somebody may that works here and should not, as a sentence for whoever runs the database; undefined where they may nothing of the kind. */
export async function excessOf(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string; all: boolean; owns: boolean }>(
    `select current_user as name, rolsuper or rolcreaterole or rolcreatedb as all,
       exists (select 1 from pg_namespace n where n.nspname = any ($1) and pg_has_role(current_user, n.nspowner, 'member')) as owns
     from pg_roles where rolname = current_user`,
    [ourSchemas()],
  )
  const [role] = rows
  if (!role?.all && !role?.owns) return undefined
  return `${role.name}, whom DATABASE_APP_URL names, may change more of the database than its rows: name a role that owns nothing and administers nothing.`
}
