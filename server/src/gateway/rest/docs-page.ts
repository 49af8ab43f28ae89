import { brand } from '@cellarhand/protocol/brand'
import type { ApiDocument } from './document.ts'
import { chapters, type Chapter } from './docs-guide.ts'
import { html, prose, type Html } from './docs-html.ts'
import { operationSection, type Placed } from './docs-operation.ts'
import { problemSection } from './docs-problems.ts'

/** An entry of the contents: a group with its parts. */
interface Group {
  readonly title: string
  readonly parts: readonly { readonly id: string; readonly title: string }[]
}

/**
 * The page of the API as HTML: everything the document has, to read. Without scripts, and with nothing from elsewhere.
 *
 * @param base where the server is, such as `http://127.0.0.1:7000`, for the examples
 */
export function docsPage(document: ApiDocument, base: string): string {
  const guide = chapters(base)
  const byTag = document.tags.map((tag) => ({ ...tag, operations: operationsOf(document, tag.name) }))
  const contents = contentsOf(guide, byTag)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title}</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <a class="skip" href="#main">To the text</a>
        <header>
          <h1>${document.info.title}</h1>
          <p class="lead">${prose(document.info.description)}</p>
          <ul class="links">
            <li><a href="/">The cellar</a></li>
            <li><a href="/v1/openapi.json">OpenAPI 3.1, for programs</a></li>
            <li><a href="/v1/asyncapi.json">AsyncAPI 3, for programs that follow the feed</a></li>
            <li>Server at <code>${base}</code></li>
          </ul>
        </header>
        <details class="contents-narrow">
          <summary>Contents</summary>
          ${contents}
        </details>
        <div class="columns">
          <div class="contents-wide">${contents}</div>
          <main id="main">
            ${guide.map(
              ({ id, title, body }) =>
                html`<section id="${id}">
                  <h2>${title}</h2>
                  ${body}
                </section>`,
            )}
            ${byTag.map(({ name, description, operations }) => tagSection(name, description, operations, base))}
            ${problemSection()}
            <footer>
              Version ${document.info.version} of the API of ${brand.title}. This page is made from the document that
              the server validates requests by.
            </footer>
          </main>
        </div>
      </body>
    </html> `.html
}

function operationsOf(document: ApiDocument, tag: string): Placed[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ method, path, operation })),
  )
}

function tagSection(name: string, description: string, operations: readonly Placed[], base: string): Html {
  return html`<section id="tag-${name}">
    <h2>${titleOf(name)}</h2>
    <p class="lead">${prose(description)}.</p>
    ${operations.map((operation) => operationSection(operation, base))}
  </section>`
}

function titleOf(tag: string): string {
  return tag.charAt(0).toUpperCase() + tag.slice(1)
}

function contentsOf(
  guide: readonly Chapter[],
  byTag: readonly { readonly name: string; readonly operations: readonly Placed[] }[],
): Html {
  const groups: Group[] = [
    { title: 'To read first', parts: guide },
    ...byTag.map(({ name, operations }) => ({
      title: titleOf(name),
      parts: operations.map(({ operation }) => ({ id: operation.operationId, title: operation.summary })),
    })),
    { title: 'When it fails', parts: [{ id: 'problems', title: 'Problems' }] },
  ]
  return html`<nav aria-label="Contents">${groups.map(groupOf)}</nav>`
}

function groupOf({ title, parts }: Group): Html {
  return html`<div>
    <p>${title}</p>
    <ul>
      ${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
    </ul>
  </div>`
}
