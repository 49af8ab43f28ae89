/** Where people reach a server, without a path: as it is set, or where it listens. */
export function publicUrlOf(config: {
  readonly publicUrl: string | undefined
  readonly host: string
  readonly port: number
}): string {
  const { publicUrl, host, port } = config
  if (publicUrl !== undefined) return publicUrl
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
