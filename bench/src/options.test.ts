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

test('a scenario of several sizes takes them by --connections, and is quick when asked', () => {
  const defaults = { seconds: 2, sizes: [100, 10_000], quick: { seconds: 1, sizes: [100] } }
  expect(readOptions([], defaults)).toMatchObject({ seconds: 2, sizes: [100, 10_000] })
  expect(readOptions(['--connections', '100,1000'], defaults)).toMatchObject({ sizes: [100, 1_000], connections: 128 })
  expect(readOptions(['--quick', '--seconds=5'], defaults)).toMatchObject({ seconds: 5, sizes: [100] })
  expect(() => readOptions(['--quick'], { seconds: 5 })).toThrow('--quick is for fanout and scale')
})
