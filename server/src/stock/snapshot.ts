import type pg from 'pg'

/** Reads of one snapshot, and the position they were read at. */
export async function withSnapshot<T>(
  pool: pg.Pool,
  read: (client: pg.ClientBase) => Promise<T>,
): Promise<{ readonly value: T; readonly position: number }> {
  const client = await pool.connect()
  let poison: Error | undefined
  try {
    await client.query('begin transaction isolation level repeatable read read only')
    const { rows } = await client.query<{ head: number }>('select log.head() as head')
    const value = await read(client)
    await client.query('commit')
    return { value, position: rows[0]?.head ?? 0 }
  } catch (error) {
    // Whatever it was, the transaction may still be open: the connection is not for the next.
    poison = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    client.release(poison)
  }
}
