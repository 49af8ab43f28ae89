import type { Command } from 'commander'
import { Option } from 'commander'
import { loadConfig, settings, type Config, type Flags, type SettingName } from '../platform/config.ts'
import type { Setting } from '../platform/setting.ts'

/** Gives a command the flags of the settings table. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const setting: Setting = settings[name]
    command.addOption(new Option(`${setting.flag} <value>`, `${setting.doc} (${setting.env})`))
  }
  return command
}

/** The settings of a command: its flags, then the environment, then defaults. Throws `ConfigError`. */
export function configOf(command: Command): Config {
  const given = command.opts<Record<string, unknown>>()
  const flags = Object.entries(settings).flatMap(([name, setting]) => {
    const value = given[new Option(`${setting.flag} <value>`).attributeName()]
    return typeof value === 'string' ? [[name, value]] : []
  })
  return loadConfig(process.env, Object.fromEntries(flags) as Flags)
}

/** Settings that every command which opens the database takes. */
export const databaseSettings: readonly SettingName[] = ['dataDir', 'databaseUrl', 'databaseCa', 'logLevel']

/** Settings of a process that serves. */
export const serveSettings: readonly SettingName[] = Object.keys(settings) as SettingName[]
