/** What a lock file says of a package. */
export interface Locked {
  readonly name?: string
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
}

export type Lock = Readonly<Record<string, Locked>>

type Dependencies = Readonly<Record<string, string>>

/** Dependencies of a package, as its package.json names them. */
export interface Manifest {
  readonly dependencies?: Dependencies
  readonly devDependencies?: Dependencies
  readonly optionalDependencies?: Dependencies
}

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/
const REGISTRY = 'https://registry.npmjs.org/'
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/

const packagesOf = (lock: Lock) =>
  Object.entries(lock).filter(([at, { link }]) => at.includes('node_modules/') && !link)

/** Packages of a lock file that could become others without anybody seeing it, as sentences. Without an address it is the registry's. */
export function lockComplaints(lock: Lock): string[] {
  return packagesOf(lock).flatMap(([at, { version = '', resolved = REGISTRY, integrity = '' }]) => [
    ...(SHA512.test(integrity) ? [] : [`${at}: the lock file has no SHA-512 of it`]),
    ...(resolved.startsWith(REGISTRY) ? [] : [`${at}: it comes from ${resolved}, and not from the registry`]),
    ...(EXACT.test(version) ? [] : [`${at}: ${version} is no exact version`]),
  ])
}

/** Dependencies of a package.json that are not of one version, as sentences. */
export function versionComplaints(path: string, manifest: Manifest): string[] {
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = manifest
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !EXACT.test(version))
    .map(([name, version]) => `${path}: ${name} is ${version}; name one version`)
}

/** Packages that are installed where it is served, each as `name@version`. */
export const servedPackages = (lock: Lock): string[] =>
  packagesOf(lock)
    .filter(([, { dev, devOptional }]) => !dev && !devOptional)
    .map(([at, { name, version }]) => `${name ?? at.split('node_modules/').at(-1)}@${version}`)
