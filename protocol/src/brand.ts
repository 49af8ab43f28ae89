/** The product's name, its package scope and the prefix of its environment variables: the one place they are written. */
export const brand = {
  name: 'cellarhand',
  title: 'Cellarhand',
  scope: '@cellarhand',
  envPrefix: 'CELLARHAND_',
  /** Headers of ours begin with this. */
  headerPrefix: 'cellarhand-',
} as const
