import { brand } from '@cellarhand/protocol/brand'
import { settings } from './config.ts'
import type { Setting } from './setting.ts'

const rows = (): Setting[] => Object.values<Setting>(settings)

/** What a setting may be, for people. */
function allowed(setting: Setting): string {
  if (setting.type === 'integer') return `${setting.least} to ${setting.most}`
  return setting.type === 'choice' ? setting.choices.join(', ') : 'text'
}

const defaultOf = (setting: Setting): string => (setting.default === undefined ? 'none' : String(setting.default))

/** The settings as lines for `--help`. */
export function configHelp(): string {
  const width = Math.max(...rows().map((setting) => setting.flag.length))
  const lines = rows().map(
    (setting) =>
      `  ${setting.flag.padEnd(width)}  ${setting.doc}\n  ${''.padEnd(width)}  ${setting.env}, ${allowed(setting)}; default ${defaultOf(setting)}`,
  )
  return `Settings (a flag goes before its variable):\n${lines.join('\n')}\n`
}

/** The text of docs/configuration.md. */
export function configDocs(): string {
  const table = rows().map(
    (setting) =>
      `| \`${setting.env}\` | \`${setting.flag}\` | ${allowed(setting)} | ${setting.default === undefined ? 'none' : `\`${setting.default}\``} | ${setting.doc} |`,
  )
  return `# Configuration

${brand.title} needs none. Each setting is read from the command line, else from the environment, else it has its default. A value out of bounds,
or a variable that begins with \`${brand.envPrefix}\` and is not in this table, stops the start with a sentence that says so.

| variable | flag | allowed | default | what it does |
| --- | --- | --- | --- | --- |
${table.join('\n')}

A hold's default lifetime may not be more than the most it may ask for, nor that more than the most it may live.

This page is printed from the table in \`server/src/platform/config.ts\`; a test holds them together.
`
}
