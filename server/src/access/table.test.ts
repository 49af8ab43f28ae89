import { expect, test } from 'vitest'
import { rolesOf } from './caller.ts'
import { grantOf, policyTable, readPolicy } from './table.ts'

const head = 'guest customer shop cellar buyer admin machine'

test('the widest grant of all that somebody is counts', () => {
  expect(grantOf(rolesOf(['customer', 'shop']), 'placeOrder')).toBe('here')
  expect(grantOf(rolesOf(['customer', 'admin']), 'placeOrder')).toBe('all')
  expect(grantOf(rolesOf([]), 'placeOrder')).toBeUndefined()
})

test('what has no line is nobody’s, and a word that is no role is no role', () => {
  expect(grantOf(rolesOf(['admin', 'machine']), 'toString')).toBeUndefined()
  expect([...rolesOf(['root', 'constructor', 42, null])]).toEqual(['guest'])
})

test('what a stranger may do, whoever else may too', () => {
  for (const [operation, row] of policyTable) {
    const guest = row.get('guest')
    if (guest !== 'all') continue
    expect([operation, row.size]).toEqual([operation, 7])
  }
})

test.each([
  [`guest\nall : x`, 'the policy’s columns'],
  [`${head}\nall all : x`, 'not a word for each role'],
  [`${head}\nall all all all all all some : x`, 'some is no grant'],
  [`${head}\nall all all all all all all : x x`, 'x stands twice'],
])('a table that cannot be read is refused: %j', (text, why) => {
  expect(() => readPolicy(text)).toThrow(why.replace('’', "'"))
})

test('it is one screen', () => {
  const lines = new Set(policyTable.values())
  expect(lines.size).toBeLessThanOrEqual(40)
})
