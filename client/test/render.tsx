import { act, createElement, StrictMode, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { CellarhandProvider } from '../src/react/react.ts'
import type { Script } from './script.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

/** A page on which something is rendered, with a script for a server behind it. */
export interface Page {
  readonly container: HTMLElement
  /** Lets something happen, and React render what comes of it. */
  does(what: () => unknown): Promise<void>
  render(children: ReactNode): Promise<void>
  unmount(): Promise<void>
}

/** What is to be rendered, with its client around it. */
export function around({ client }: Script, children: ReactNode, isStrict = false): ReactNode {
  const provided = createElement(CellarhandProvider, { client }, children)
  return isStrict ? createElement(StrictMode, null, provided) : provided
}

/** A page with nothing on it, or with what `hydrate` makes of a container that has something. */
export async function openPage(
  script: Script,
  {
    html = '',
    isStrict = false,
    hydrate,
  }: { html?: string; isStrict?: boolean; hydrate?: (into: HTMLElement) => Root } = {},
): Promise<Page> {
  const container = document.createElement('div')
  container.innerHTML = html
  document.body.append(container)
  const does = async (what: () => unknown) => {
    // What is rendered by then follows topics in its effects: behind these the clock goes on.
    for (const step of [what, () => script.pass()])
      await act(async () => {
        await step()
      })
  }
  let root: Root | undefined
  await does(() => (root = hydrate ? hydrate(container) : createRoot(container)))
  return {
    container,
    does,
    render: (children) => does(() => root?.render(around(script, children, isStrict))),
    unmount: () => does(() => root?.unmount()),
  }
}
