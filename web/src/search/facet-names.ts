import type { FacetName as ProtocolFacetName } from '@cellarhand/protocol/catalogue'

// The protocol's own list comes with its schemas, which the page does not carry; the type holds the two together.
export type FacetName = ProtocolFacetName

export const facetTitles: Readonly<Record<FacetName, string>> = {
  colour: 'Colour',
  country: 'Country',
  region: 'Region',
  grape: 'Grape',
  vintage: 'Vintage',
  format: 'Bottle size',
  price: 'Price',
}

export const facetNames = Object.keys(facetTitles) as readonly FacetName[]
