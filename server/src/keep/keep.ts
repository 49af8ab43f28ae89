// The module's door: all of it out into files, and back. It reads every schema by PostgreSQL's catalog, and writes tables of others only whole, into
// an empty database. For people: docs/backup.md and docs/export.md.
export { backup } from './backup.ts'
export type { KeepOptions, Written } from './backup.ts'
export { exportEverything } from './export.ts'
export { checkExport, importEverything } from './import-everything.ts'
export { beginNewEpoch } from './new-epoch.ts'
export { checkBackup, restore } from './restore.ts'
