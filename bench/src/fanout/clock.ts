/** Long enough to meet the begin of several milliseconds: at one of them this process will not have been interrupted. */
const lookForMs = 4

/**
 * What to add to `performance.now()` for milliseconds since 1970, to some microseconds: processes of one machine and its PostgreSQL agree on those. To be found anew
 * now and then: the system's clock is steered, and what counts on from a moment of it is not.
 */
export function wallOffsetMs(): number {
  const endMs = performance.now() + lookForMs
  let offset = -Infinity
  // The clock is cut to whole milliseconds, so what is found is too little, and least so when one begins.
  while (performance.now() < endMs) offset = Math.max(offset, Date.now() - performance.now())
  return offset
}
