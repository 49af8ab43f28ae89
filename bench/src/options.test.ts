import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

test('options are read in both forms, and the rest is as the scenario has it', () => {
  const options = readOptions(['--seconds', '3', '--entries=0,1000', '--json'], { seconds: 5 })
  expect(options).toMatchObject({ seconds: 3, rounds: 3, entries: [0, 1_000], json: true, connections: 128 })
})

test.each([
  [['--second', '3'], '--second is no option'],
  [['--seconds'], '--seconds needs a value'],
  [['--seconds', 'ten'], '--seconds takes a whole number from 1 to 600, not "ten"'],
  [['--rounds', '0'], '--rounds takes a whole number from 1 to 99'],
  [['--skus', '1000,5'], '--skus takes a whole number from 1000'],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => readOptions(args, { seconds: 5 })).toThrow(sentence)
})
