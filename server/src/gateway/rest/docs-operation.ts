import { problems } from '@cellarhand/protocol/problem'
import { DEPRECATION } from './deprecation.ts'
import type { Answer, Operation, Schema } from './document.ts'
import { curlText } from './docs-curl.ts'
import { examples } from './docs-examples.ts'
import { copyable, html, prose, type Html } from './docs-html.ts'
import { problemsIn } from './docs-problems.ts'
import { memberTable, membersOf, typeText, type Member } from './docs-schema.ts'

/** An operation with where it stands. */
export interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** An operation: what it does, what it takes, an example, what it answers, how it refuses. */
export function operationSection({ method, path, operation }: Placed, base: string): Html {
  const { operationId, summary, description } = operation
  const example = examples[operationId]
  return html`<section class="operation" id="${operationId}">
    <h3><a href="#${operationId}">${summary}</a></h3>
    <p class="address"><span class="method ${method}">${method.toUpperCase()}</span> <code>${broken(path)}</code></p>
    ${description === undefined ? undefined : html`<p>${prose(description)}</p>`} ${deprecationNote(operation)}
    ${memberTable('Parameters and headers', (operation.parameters ?? []).map(parameterMember))} ${bodyTable(operation)}
    ${example === undefined ? undefined : copyable(curlText(example, base), `Example: ${summary}`)}
    ${Object.entries(operation.responses).filter(isAnswer).map(answerBlock)} ${refusalList(operation)}
  </section>`
}

/** That it will be gone, and what to do. */
function deprecationNote({ [DEPRECATION]: of }: Operation): Html | undefined {
  if (of === undefined) return undefined
  return html`<p>
    <strong>Deprecated</strong> since ${of.since}, and there until ${of.sunset} at least:
    <a href="${of.link}">what to do instead</a>.
  </p>`
}

/** A path that may be broken after its slashes, on a narrow screen. */
function broken(path: string): Html {
  return { html: html`${path}`.html.replaceAll('/', '/<wbr>') }
}

function parameterMember({
  name,
  required,
  schema,
  description,
  in: place,
}: NonNullable<Operation['parameters']>[number]): Member {
  const type = place === 'query' ? typeText(schema) : `${typeText(schema)}, in the ${place}`
  return { name, depth: 0, required: required ?? false, type, description }
}

function schemaOf(content: Answer['content']): Schema | undefined {
  return Object.values(content ?? {})[0]?.schema
}

function bodyTable({ requestBody }: Operation): Html | undefined {
  const schema = schemaOf(requestBody?.content)
  if (schema === undefined) return undefined
  return memberTable(requestBody?.required === false ? 'Body, which may be left out' : 'Body', membersOf(schema))
}

const isAnswer = ([status]: [string, Answer]) => Number(status) < 400

function answerBlock([status, answer]: [string, Answer]): Html {
  const [media] = Object.keys(answer.content ?? {})
  const members = membersOf(schemaOf(answer.content) ?? {})
  if (members.length === 0) return html`<p class="answer">Answers <b>${status}</b>, <code>${media}</code>.</p>`
  return html`<details>
    <summary>
      Answers <b>${status}</b>:
      ${members
        .filter(({ depth }) => depth === 0)
        .map(({ name }) => name)
        .join(', ')}
    </summary>
    ${memberTable(`Answer ${status}`, members)}
  </details>`
}

function refusalList({ responses }: Operation): Html | undefined {
  const slugs = Object.entries(responses).flatMap(([status, { description }]) =>
    Number(status) < 400 ? [] : problemsIn(description),
  )
  if (slugs.length === 0) return undefined
  const items = slugs.map(
    (slug) =>
      html`<li><a href="#problem-${slug}">${slug}</a> <span class="status">${problems[slug].status}</span></li>`,
  )
  return html`<div class="refusals">
    <h4>May be refused as</h4>
    <ul>
      ${items}
    </ul>
  </div>`
}
