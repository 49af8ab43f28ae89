/** Where a request goes that names no channel. */
export const DEFAULT_CHANNEL = 'web'
