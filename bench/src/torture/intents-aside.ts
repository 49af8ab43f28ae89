import type { Act } from '../witness/history.ts'
import { channels } from './cellar.ts'
import { answerOf, type FactOf, type Intent, type SkuQuantity, type StockAnswer } from './intents.ts'

/** The allotment that everybody of a storm draws on. */
const CLUB = 'club'

/** Sets bottles aside in the club's allotment, or gives them back. */
export function allot(key: string, kind: 'allocate' | 'deallocate', location: string, line: SkuQuantity): Intent {
  const path = kind === 'allocate' ? '/v1/allocations' : '/v1/deallocations'
  return {
    call: { method: 'POST', path, key, body: { allotment: CLUB, location, lines: [line] } },
    act: () => ({ kind, allotment: CLUB, lines: [{ ...line, location }] }),
  }
}

/** A hold in the channel `web` that draws on the club's allotment. */
export function holdAllotted(key: string, line: SkuQuantity): Intent {
  const lines = [{ ...line, allotment: CLUB }]
  return {
    call: { method: 'POST', path: '/v1/holds', key, body: { lines, ttlSeconds: 600 } },
    act: (answer) => ({
      kind: 'hold',
      asked: lines.map((one) => ({ ...one, from: channels.web })),
      ...(answer
        ? {
            holdId: answer.id,
            granted: (answer.lines ?? []).map(({ sku, location, quantity }) => ({ sku, location, quantity })),
          }
        : {}),
    }),
  }
}

/** A sale that was made within the club's allotment, before anybody asked. */
export function saleAllotted(key: string, of: FactOf, line: SkuQuantity): Intent {
  return {
    call: { method: 'POST', path: '/v1/sales', key, body: { ...of, allotment: CLUB, lines: [line] } },
    act: (answer) => ({ ...gone('sale', of, line, answer), aside: `allotted ${CLUB}` }) as Act,
  }
}

export function quarantine(key: string, of: FactOf, line: SkuQuantity): Intent {
  return {
    call: { method: 'POST', path: '/v1/quarantine', key, body: { ...of, reason: 'storm', lines: [line] } },
    act: (answer) => gone('quarantine', of, line, answer),
  }
}

export function reinstate(key: string, location: string, line: SkuQuantity): Intent {
  return {
    call: { method: 'POST', path: '/v1/reinstatements', key, body: { location, lines: [line] } },
    act: () => ({ kind: 'reinstate', lines: [{ ...line, location }] }),
  }
}

/** A loss of bottles that stood in quarantine. */
export function writeOffAside(key: string, of: FactOf, line: SkuQuantity): Intent {
  const body = { ...of, reason: 'breakage', from: 'quarantined', lines: [line] }
  return {
    call: { method: 'POST', path: '/v1/write-offs', key, body },
    act: (answer) => ({ ...gone('writeOff', of, line, answer), aside: 'quarantined' }) as Act,
  }
}

function gone(kind: 'sale' | 'quarantine' | 'writeOff', of: FactOf, line: SkuQuantity, answer?: StockAnswer): Act {
  return { kind, lines: [{ ...line, location: of.location }], ...answerOf(answer) }
}

export function send(key: string, from: string, to: string, line: SkuQuantity): Intent {
  return {
    call: { method: 'POST', path: '/v1/transfers', key, body: { from, to, lines: [line] } },
    act: (answer) => ({ kind: 'transfer', from, to, bottles: [line], ...(answer ? { transferId: answer.id } : {}) }),
  }
}

/** Receives all that is on its way, or so much of a SKU, with what is missing. */
export function arrive(key: string, transferId: string, line?: SkuQuantity & { readonly missing: number }): Intent {
  const body = line ? { lines: [line], reason: 'breakage' } : {}
  return {
    call: { method: 'POST', path: `/v1/transfers/${transferId}/receive`, key, body },
    act: (answer) => ({
      kind: 'receiveTransfer',
      transferId,
      ...(line ? { bottles: [line] } : {}),
      seen: answer?.rebased === true,
    }),
  }
}

export function turnBack(key: string, transferId: string): Intent {
  return {
    call: { method: 'POST', path: `/v1/transfers/${transferId}/cancel`, key },
    act: () => ({ kind: 'cancelTransfer', transferId }),
  }
}

/** A delivery of a lot, into a bin. */
export function receiveLot(key: string, of: FactOf, line: SkuQuantity): Intent {
  const lines = [{ ...line, lot: { id: 'STORM', costMinor: 900, currency: 'EUR' }, bin: 'A/1' }]
  return {
    call: { method: 'POST', path: '/v1/receipts', key, body: { ...of, lines } },
    act: (answer) => ({ kind: 'receive', lines: [{ ...line, location: of.location }], seen: answer?.rebased === true }),
  }
}

export function move(key: string, location: string, line: SkuQuantity): Intent {
  const lines = [{ ...line, lot: 'STORM', fromBin: 'A/1', toBin: 'B/2' }]
  return {
    call: { method: 'POST', path: '/v1/moves', key, body: { location, lines } },
    act: () => ({ kind: 'move' }),
  }
}
