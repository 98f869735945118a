import { describe, expect, test } from 'vitest'
import { maxGeneration, Remembered } from '../../../shared/token/remembered.ts'

describe('the memory of verified tokens', () => {
  test('keeps at least one generation and at most two', () => {
    const memory = new Remembered<number>()
    const most = 2 * maxGeneration
    for (let at = 0; at <= most; at++) memory.set(`token ${at}`, at)
    const kept = Array.from({ length: most + 1 }, (_, at) => memory.get(`token ${at}`)).filter(
      (value) => value !== undefined,
    )
    expect(kept.length).toBeLessThanOrEqual(most)
    expect(memory.get('token 0')).toBeUndefined()
    for (let at = most - maxGeneration + 1; at <= most; at++) expect(memory.get(`token ${at}`)).toBe(at)
  })

  test('does not grow by what is set again', () => {
    const memory = new Remembered<number>()
    memory.set('first', 1)
    for (let at = 0; at < 10 * maxGeneration; at++) memory.set('second', at)
    expect(memory.get('second')).toBe(10 * maxGeneration - 1)
    expect(memory.get('first')).toBe(1)
  })

  test('forgets what it is told to, in whichever generation it is', () => {
    const memory = new Remembered<number>()
    memory.set('old', 1)
    for (let at = 0; at < maxGeneration; at++) memory.set(`token ${at}`, at)
    expect(memory.get('old')).toBe(1)
    memory.set('old', 2)
    expect(memory.get('old')).toBe(2)
    memory.delete('old')
    expect(memory.get('old')).toBeUndefined()
    expect(memory.get('__proto__')).toBeUndefined()
  })
})
