import { constants, accessSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

export type FoundBrowser = { readonly executablePath: string } | { readonly missing: string }

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const places = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']

/** A Chromium to test with: the machine's own, else on Linux x64 the one in an npm package; or why there is none. */
export async function findBrowser(): Promise<FoundBrowser> {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
  const own = [process.env['CHROME_PATH'] ?? '', ...onPath, ...places].find(isExecutable)
  if (own !== undefined) return { executablePath: own }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return {
      missing: `no chromium or google-chrome is installed, and the packaged one does not run on ${process.platform} ${process.arch}`,
    }
  }
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    return { executablePath: await packaged.executablePath() }
  } catch (error) {
    return {
      missing: `the packaged Chromium could not be unpacked: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** Starts the browser headless. The caller closes it. */
export function launch(executablePath: string): Promise<Browser> {
  // Without --no-sandbox Chromium refuses root, which containers and CI run as; the pages it opens here are our own.
  return chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
}

function isExecutable(path: string): boolean {
  if (path === '') return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
