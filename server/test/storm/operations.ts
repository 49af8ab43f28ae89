/** One operation of the API as its document describes it. */
export interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: Schema | undefined
  /** It may be left out, and then `null` is no body as well. */
  readonly isBodyOptional: boolean
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema: Schema
}

/** As much of a JSON Schema as ours use. */
export interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
}

interface DocumentedOperation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly required?: boolean
    readonly content: { readonly 'application/json': { readonly schema: Schema } }
  }
}

/** All operations of an OpenAPI document. */
export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json'].schema,
      isBodyOptional:
        requestBody?.required !== true || requestBody.content['application/json'].schema.anyOf !== undefined,
    })),
  )
}

/** Whether a value is what a schema describes, as far as ours go; formats are left to the caller. */
export function fits(schema: Schema, value: unknown): boolean {
  if (schema.anyOf) return schema.anyOf.some((one) => fits(one, value))
  if ('const' in schema) return value === schema.const
  switch (schema.type) {
    case 'integer': {
      const { minimum = -Infinity, maximum = Infinity } = schema
      return typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum
    }
    case 'string': {
      const { minLength = 0, maxLength = Infinity, pattern = '' } = schema
      const isText = typeof value === 'string' && value.length >= minLength && value.length <= maxLength
      return isText && schema.format === undefined && new RegExp(pattern, 'u').test(value)
    }
    case 'array':
      return Array.isArray(value)
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    default:
      return typeof value === 'object' && value !== null && !Array.isArray(value)
  }
}

/** Every place in a sample of a schema: the way to it, and what the schema says of it. Objects and arrays are places too. */
export function places(schema: Schema, sample: unknown, way: readonly (string | number)[] = []): Place[] {
  const here: Place = { way, schema }
  const inner = schema.anyOf?.find((one) => one.type === 'object') ?? schema
  if (inner.items && Array.isArray(sample)) {
    const { items } = inner
    return [here, ...sample.flatMap((item, index) => places(items, item, [...way, index]))]
  }
  if (!inner.properties || typeof sample !== 'object' || sample === null) return [here]
  const members = Object.entries(sample).flatMap(([name, value]) => {
    const member = inner.properties?.[name]
    return member ? places(member, value, [...way, name]) : []
  })
  return [here, ...members]
}

export interface Place {
  readonly way: readonly (string | number)[]
  readonly schema: Schema
}

/** A sample as JSON text with other text at one place of it. */
export function withTextAt(sample: unknown, way: readonly (string | number)[], text: string): string {
  const marker = '"@@here@@"'
  const put = (value: unknown, [step, ...rest]: readonly (string | number)[]): unknown => {
    if (step === undefined) return '@@here@@'
    if (Array.isArray(value)) return value.map((item, index) => (index === step ? put(item, rest) : item))
    const object = value as Record<string, unknown>
    return { ...object, [step]: put(object[step], rest) }
  }
  return JSON.stringify(put(sample, way)).replace(marker, () => text)
}
