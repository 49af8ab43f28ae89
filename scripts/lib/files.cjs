'use strict'
const fs = require('node:fs')
const path = require('node:path')

const skipped = new Set(['node_modules', 'dist', '.git'])

/**
 * Every file under `folder` as absolute paths, depth first; [] when there is no such folder. Dependencies and outputs are left
 * out. `wanted(path)` narrows.
 */
function filesUnder(folder, wanted = () => true) {
  const found = []
  const visit = (at) => {
    let entries
    try {
      entries = fs.readdirSync(at, { withFileTypes: true })
    } catch (error) {
      if (error.code === 'ENOENT') return
      throw error
    }
    for (const entry of entries) {
      const full = path.join(at, entry.name)
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name)) visit(full)
      } else if (wanted(full)) found.push(full)
    }
  }
  visit(folder)
  return found
}

/** The parsed file, or `otherwise` when it is missing or half written. */
function readJson(file, otherwise) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return otherwise
  }
}

/** Writes beside the file and renames over it: a reader sees the old text or the new, never half. */
function writeJson(file, value) {
  const beside = `${file}.${process.pid}`
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`)
  fs.renameSync(beside, file)
}

module.exports = { filesUnder, readJson, writeJson }
