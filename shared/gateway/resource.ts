import { methods } from './route.ts'
import { type Pattern, type Reader, some } from './words.ts'

export type Effect = 'Allow' | 'Deny'

/** A pattern as Resources below `arn:…:apiId/stage/`, one for each of its methods: `GET/orders/?*`. */
export function resourcesOf({ pattern }: Reader, effect: Effect): readonly string[] {
  const { words, methods: bits, anywhere } = pattern
  const open = openText(pattern, effect)
  const path = words.map((word) => (word === some ? open : word)).join('/')
  if (anywhere) return [`*/${path}`]
  return methods.filter((_, bit) => (bits & (1 << bit)) !== 0).map((method) => `${method}/${path}`)
}

/** A Deny may take crooked spellings along. But the root ends with a slash too, and is none. */
function openText({ words }: Pattern, effect: Effect): string {
  return effect === 'Deny' && words.length > 1 ? '*' : '?*'
}

/** Bytes of its Resources in a document: each in quotes, with a comma, the prefix and a slash. All of it is ASCII. */
export function bytesOf({ pattern }: Reader, effect: Effect, prefixLength: number): number {
  const { words, methods: bits, anywhere } = pattern
  const open = openText(pattern, effect).length
  let length = prefixLength + 5 + Math.max(0, words.length - 1)
  for (const word of words) length += word === some ? open : word.length
  if (anywhere) return length + 1
  let bytes = 0
  for (let bit = 0; bit < methods.length; bit++)
    if ((bits & (1 << bit)) !== 0) bytes += length + (methods[bit] as string).length
  return bytes
}
