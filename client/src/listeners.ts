/** Adds somebody who is told; the same function may be added twice. */
export function join(listeners: Set<() => void>, listener: () => void): () => boolean {
  const tell = () => listener()
  listeners.add(tell)
  return () => listeners.delete(tell)
}

export function tellAll(listeners: Iterable<() => void>): void {
  for (const tell of listeners) tell()
}
