/** The places there are: all countries of ISO 3166-1, and of ISO 3166-2 the subdivisions of those countries whose subdivisions differ. */
export interface Places {
  readonly countries: ReadonlySet<string>
  /** By country: its subdivisions in full (`CA-QC`). */
  readonly subdivisions: ReadonlyMap<string, ReadonlySet<string>>
}

/** As they are written in server/policy/places.json: codes with spaces between, subdivisions without their country. */
export interface PlacesFile {
  readonly countries: readonly string[]
  readonly subdivisions: Readonly<Record<string, string>>
}

/** The places of a file. */
export function readPlaces({ countries, subdivisions }: PlacesFile): Places {
  const bySubdivision = Object.entries(subdivisions).map(
    ([country, codes]) => [country, new Set(codes.split(' ').map((code) => `${country}-${code}`))] as const,
  )
  return { countries: new Set(countries.join(' ').split(' ')), subdivisions: new Map(bySubdivision) }
}

/** The country of a place: `CA` of `CA-QC`, and of `CA`. */
export const countryOf = (place: string): string => place.slice(0, 2)

/**
 * Says what is wrong with a place; nothing where it is one. Subdivisions are looked up where the country's are listed; elsewhere they have to look like one.
 */
export function complaintAboutPlace({ countries, subdivisions }: Places, place: string): string | undefined {
  const country = countryOf(place)
  if (!/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(place)) {
    return `"${place}" is neither a country such as DE nor a subdivision such as CA-QC (ISO 3166)`
  }
  if (!countries.has(country)) return `there is no country ${country} (ISO 3166-1)`
  const listed = subdivisions.get(country)
  if (place === country || listed === undefined || listed.has(place)) return undefined
  return `there is no subdivision ${place} (ISO 3166-2)`
}
