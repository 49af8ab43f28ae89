import { steps, type Example } from './docs-examples.ts'

/** An example as commands for a shell, each key fresh. */
export function curlText(example: Example, base: string): string {
  const before = example.needs === undefined ? [] : steps[example.needs]
  const preparations = before.map(({ found, example: step }) =>
    found === undefined
      ? command('curl -s -o /dev/null', step, base)
      : `${found}=$(${command('curl -s', step, base)} |\n  grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)`,
  )
  return [...preparations, command(example.streams ? 'curl -N' : 'curl -i', example, base)].join('\n')
}

/** What a step found out stands outside the quotes, where a shell looks for it. */
function withFound(text: string): string {
  return text.replaceAll(/\$[A-Z]+/g, `'"$&"'`)
}

/** A long body with a line for each of its lines: nobody reads to the right of a screen. */
function bodyText(body: unknown): string {
  const text = JSON.stringify(body)
  return text.length <= BODY_WIDTH
    ? text
    : text.replaceAll(/(?<=[[,])\{"sku"/g, '\n    {"sku"').replaceAll(/\}\](?=,|\})/g, '}\n  ]')
}

/** Characters of a body that stay on one line. */
const BODY_WIDTH = 72

/** What a stranger may read. */
const open = /^\/(v1\/(wines|offers|channels|bundles|mixed-cases|lot-offers|feed)|healthz|readyz)\b/

function command(curl: string, { method, path, headers, body }: Example, base: string): string {
  // Whoever has no token yet may look around, and begin a session.
  const isOpen = path.startsWith('/v1/session') || (method === 'GET' && open.test(path))
  const isWrite = method !== 'GET'
  const url = `${base}${path}`
  return [
    `${curl}${method === 'GET' ? '' : ` -X ${method}`} ${path.includes('$') ? `"${url}"` : `'${url}'`}`,
    ...(isOpen ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(isWrite ? ['-H "Idempotency-Key: $(date +%s%N)"'] : []),
    ...Object.entries(headers ?? {}).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${withFound(bodyText(body))}'`]),
  ].join(' \\\n  ')
}
