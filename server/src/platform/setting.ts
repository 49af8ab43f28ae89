import { SetupError } from './setup-error.ts'

/** A setting that is unknown, malformed or out of bounds. The message names the variable, the value and what is allowed. */
export class ConfigError extends SetupError {
  override name = 'ConfigError'
}

type Common = { env: string; flag: string; doc: string }
type IntegerSetting = Common & { type: 'integer'; least: number; most: number; default: number }
type TextSetting = Common & { type: 'text'; default: string | undefined; check?: (value: string) => string | undefined }
type ChoiceSetting = Common & { type: 'choice'; choices: readonly string[]; default: string }

/** One row of the table of settings. */
export type Setting = IntegerSetting | TextSetting | ChoiceSetting

/** The value that a text means, from the flag or variable `source`. Throws ConfigError where it is malformed or out of bounds. */
export function parseSetting(setting: Setting, source: string, text: string): string | number {
  const refuse = (why: string) => {
    throw new ConfigError(`${source}=${JSON.stringify(shown(text))} cannot be used: ${why}.`)
  }
  if (setting.type === 'integer') {
    const value = Number(text)
    const allowed = `${setting.least} to ${setting.most}`
    if (!/^-?\d+$/.test(text.trim())) return refuse(`it has to be a whole number from ${allowed}`)
    if (value < setting.least || value > setting.most) return refuse(`it has to be from ${allowed}`)
    return value
  }
  if (setting.type === 'choice') {
    return setting.choices.includes(text) ? text : refuse(`it has to be one of ${setting.choices.join(', ')}`)
  }
  const problem = setting.check?.(text)
  return problem ? refuse(problem) : text
}

const maxShownChars = 100

/** A value as it may be shown: without the password of an address, and not longer than a line. */
const shown = (text: string): string => redactUrls(text).slice(0, maxShownChars)

/** Text with the passwords of all addresses in it replaced. */
export const redactUrls = (text: string): string => text.replace(/(\w+:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:***@')
