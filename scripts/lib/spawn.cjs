'use strict'
const { spawn } = require('node:child_process')
const path = require('node:path')
const { root } = require('./preflight.cjs')

// A failing tool says what matters at its beginning or at its end; a build gone wild must not fill the memory.
const keptCharacters = 2_000_000

/** A failure that a person is told about in words: its message is the whole text, no stack is printed. */
function problem(text) {
  return Object.assign(new Error(text), { told: true })
}

const running = new Set()

/** Passes a signal to every tool that is at work, so that none outlives this process. */
function stopTools(signal) {
  for (const child of running) child.kill(signal)
}

/**
 * Runs a program to its end and keeps what it prints. `onText(text)` sees output as it comes; `show` lets it print directly.
 * Gives { code, output }; `code` is 1 for a program that died of a signal or could not be started.
 */
function run(program, args, { cwd = root, env = process.env, onText, show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let output = ''
    const take = (text) => {
      output = (output + text).slice(-keptCharacters)
      onText?.(text)
    }
    child.stdout?.setEncoding('utf8').on('data', take)
    child.stderr?.setEncoding('utf8').on('data', take)
    const end = (code, more = '') => {
      running.delete(child)
      resolve({ code, output: output + more })
    }
    child.on('error', (error) => end(1, `${program}: ${error.message}\n`))
    child.on('close', (code) => end(code ?? 1))
  })
}

/** Runs a JavaScript tool of an installed package with this very Node; `tool` is a path below node_modules. */
function runTool(tool, args, options) {
  return run(process.execPath, [path.join(root, 'node_modules', tool), ...args], options)
}

module.exports = { problem, run, runTool, stopTools }
