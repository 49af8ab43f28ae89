type Common = { env: string; flag: string; doc: string }
type IntegerSetting = Common & { type: 'integer'; least: number; most: number; default: number }
type TextSetting = Common & { type: 'text'; default: string | undefined; check?: (value: string) => string | undefined }
type ChoiceSetting = Common & { type: 'choice'; choices: readonly string[]; default: string }

/** One row of the table of settings. */
export type Setting = IntegerSetting | TextSetting | ChoiceSetting
