import type { SourceFile } from './files.ts'

type Brand = { readonly name: string; readonly scope: string; readonly envPrefix: string }
type Manifest = {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

// Names that others gave: the platform's, npm's, and the customary ones of servers.
const customary =
  /^(CI|CI_\w+|CHROME_PATH|DATABASE_URL|HOST|PORT|LOG_LEVEL|NODE_ENV|NO_COLOR|PATH|HOME|TMPDIR|USER|INIT_CWD|TEST_RESULTS_FILE|npm_\w+)$/
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/

/** Package names outside the brand's scope, as sentences. The root carries the bare name. */
export function scopeComplaints(manifests: readonly SourceFile[], brand: Brand): string[] {
  return manifests.flatMap(({ path, text }) => {
    const { name } = JSON.parse(text) as Manifest
    const folder = path.split('/').at(-2)
    const wanted = folder ? `${brand.scope}/${folder}` : brand.name
    return name === wanted ? [] : [`${path}: the package is called ${name}, and should be ${wanted}`]
  })
}

/** Dependencies that are not pinned to one version, as sentences. */
export function pinComplaints(manifests: readonly SourceFile[]): string[] {
  return manifests.flatMap(({ path, text }) => {
    const { dependencies, devDependencies } = JSON.parse(text) as Manifest
    return Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !exact.test(version))
      .map(([name, version]) => `${path}: ${name} is ${version}; pin one version`)
  })
}

/** Environment variables that code reads under a name that is neither customary nor the brand's, as sentences. */
export function environmentComplaints(files: readonly SourceFile[], brand: Brand): string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/\bprocess\.env(?:\.(\w+)|\[['"](\w+)['"]\])/g)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((name) => !name.startsWith(brand.envPrefix) && !customary.test(name))
      .map((name) => `${path} reads ${name}: begin it with ${brand.envPrefix}`),
  )
}
