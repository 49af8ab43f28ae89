/**
 * Loads the library, which is large, only where it is used. On Node 20 it says on the terminal that it would rather have another; everything that is used of it is tested there, and
 * nobody who starts a cellar can do anything about it.
 */
export async function loadLibrary() {
  const { warn } = console
  // oxlint-disable-next-line no-console
  console.warn = (...said: unknown[]) => {
    if (!String(said[0]).includes('oidc-provider WARNING')) warn(...said)
  }
  try {
    return await import('oidc-provider')
  } finally {
    // oxlint-disable-next-line no-console
    console.warn = warn
  }
}

export type Library = Awaited<ReturnType<typeof loadLibrary>>
