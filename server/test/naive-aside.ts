import type { Command } from '../src/stock/core/command.ts'
import { fetchAtTill } from './naive-orders.ts'
import { arrive, leave, withClaim, type Bottle, type Cellar } from './naive-bottles.ts'

/** What is sold of an allotment, or written off in quarantine, is gone from there; the diary then says whether on hand is less by it. */
export function takeAside(cellar: Cellar, command: Command, level: string, quantity: number): void {
  const fetched = command.kind === 'sale' ? fetchAtTill(cellar, command.orderRef, level, quantity) : 0
  const from =
    command.kind === 'sale' && command.allotment !== undefined
      ? (`allotted ${command.allotment}` as const)
      : command.kind === 'writeOff' && command.from
        ? ('quarantined' as const)
        : undefined
  if (from === undefined) return
  const gone = withClaim(cellar, level, from).slice(0, quantity - fetched)
  cellar.bottles = cellar.bottles.filter((bottle) => !gone.includes(bottle))
}

type Aside = Extract<Command, { kind: 'quarantine' | 'reinstate' | 'allocate' | 'deallocate' }>

/** Bottles that stay where they are, and change who may have them. */
export function setAside(cellar: Cellar, command: Aside): string {
  const before = { bottles: cellar.bottles.map((bottle) => ({ ...bottle })), owed: [...cellar.owed] }
  for (const { sku, quantity } of command.lines) {
    const level = `${sku}@${command.location}`
    if (command.kind === 'quarantine') {
      leave(cellar, level, quantity)
      for (let i = 0; i < quantity; i++) cellar.bottles.push({ level, claim: 'quarantined' })
      continue
    }
    const [from, slug] = {
      reinstate: ['quarantined', 'not-quarantined'] as const,
      allocate: ['none', 'insufficient-stock'] as const,
      deallocate: [`allotted ${'allotment' in command ? command.allotment : ''}`, 'insufficient-allotment'] as const,
    }[command.kind]
    const chosen = withClaim(cellar, level, from as Bottle['claim']).slice(0, quantity)
    if (chosen.length < quantity) {
      Object.assign(cellar, before)
      return slug
    }
    cellar.bottles = cellar.bottles.filter((bottle) => !chosen.includes(bottle))
    if (command.kind !== 'allocate') arrive(cellar, level, quantity)
    else for (let i = 0; i < quantity; i++) cellar.bottles.push({ level, claim: `allotted ${command.allotment}` })
  }
  return 'done'
}
