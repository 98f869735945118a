import { expect, test } from 'vitest'
import { maxDepth, parseJsonObject } from '../../shared/json.ts'

const parse = (text: string) => parseJsonObject(Buffer.from(text))

test('what stands side by side is not deep', () => {
  const many = Array.from({ length: 3 * maxDepth }, (_, at) => `"m${at}":{"a":[]}`).join(',')
  expect(Object.keys(parse(`{${many}}`) ?? {})).toHaveLength(3 * maxDepth)
  const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  expect(parse(nested(maxDepth))).toBeDefined()
  expect(parse(nested(maxDepth + 1))).toBeUndefined()
})
