import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { rolldown, type OutputChunk } from 'rolldown'
import { expect, test } from 'vitest'

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Bytes of an entry, minified and compressed as a server would: what a page loads with it, and what only where it is needed. */
async function sizesOf(entry: string): Promise<{ readonly first: number; readonly later: number }> {
  const bundle = await rolldown({
    input: pathOf(entry),
    external: [/^react/],
    resolve: { conditionNames: ['source', 'import'] },
    platform: 'browser',
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  const chunks = output.filter((one): one is OutputChunk => one.type === 'chunk')
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  for (const { fileName, imports } of chunks) if (loaded.has(fileName)) for (const one of imports) loaded.add(one)
  const bytesOf = (some: readonly OutputChunk[]) => gzipSync(some.map(({ code }) => code).join(''), { level: 9 }).length
  return {
    first: bytesOf(chunks.filter(({ fileName }) => loaded.has(fileName))),
    later: bytesOf(chunks.filter(({ fileName }) => !loaded.has(fileName))),
  }
}

test.each([
  ['the core', '../src/client.ts', 6_144],
  ['the hooks', '../src/react/react.ts', 3_072],
])('%s has no more bytes than promised', async (what, entry, most) => {
  const { first, later } = await sizesOf(entry)
  const rest = later > 20 ? `, and ${later} that are loaded where a WebSocket does not get through` : ''
  process.stdout.write(`${what}: ${first} bytes of ${most}${rest}\n`)
  expect(first).toBeLessThanOrEqual(most)
})
