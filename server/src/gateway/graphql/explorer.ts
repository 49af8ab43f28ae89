import type { FastifyInstance } from 'fastify'
import { brand } from '@cellarhand/protocol/brand'
import { sendPart } from '../rest/headers.ts'
import { explorerScript, explorerStyle } from './explorer-parts.ts'

/** A page to try the API on: a query, its variables, its answer. Nothing from elsewhere, nothing inline. */
export const explorerPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${brand.title} GraphQL</title>
    <link rel="stylesheet" href="/graphql/explorer.css" />
  </head>
  <body>
    <header>
      <h1>${brand.title} GraphQL</h1>
      <nav><a href="/graphql/schema.graphql">Schema</a> <a href="/docs">REST</a></nav>
    </header>
    <main>
      <form id="ask">
        <label for="query">Operation</label>
        <textarea id="query" spellcheck="false" autocapitalize="off" rows="18"></textarea>
        <label for="variables">Variables, as JSON</label>
        <textarea id="variables" spellcheck="false" autocapitalize="off" rows="6">{}</textarea>
        <p><button type="submit">Run</button> <button type="button" id="stop" hidden>Stop</button> <kbd>Ctrl</kbd>+<kbd>Enter</kbd></p>
      </form>
      <section aria-labelledby="answer-title">
        <h2 id="answer-title">Answer</h2>
        <p id="cost" role="status"></p>
        <pre id="answer" tabindex="0"></pre>
      </section>
    </main>
    <script type="module" src="/graphql/explorer.js"></script>
  </body>
</html>
`

/** The parts of the page, and the schema as text. */
export function registerExplorer(app: FastifyInstance, schemaText: string): void {
  const hidden = { schema: { hide: true } }
  app.get('/graphql/explorer.js', hidden, async (_request, reply) => sendPart(reply, 'text/javascript', explorerScript))
  app.get('/graphql/explorer.css', hidden, async (_request, reply) => sendPart(reply, 'text/css', explorerStyle))
  app.get('/graphql/schema.graphql', hidden, async (_request, reply) =>
    sendPart(reply, 'text/plain', `${schemaText}\n`),
  )
}
