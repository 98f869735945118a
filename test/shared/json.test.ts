import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isJsonObject, maxDepth, parseJsonObject } from '../../shared/json.ts'
import { holds } from '../support/holds.ts'
import { referenceParse } from '../support/reference-json.ts'

const bytes = (text: string) => Buffer.from(text)
const parse = (text: string) => parseJsonObject(bytes(text))

/** Parsed to the same value, or refused by both. */
function agrees(input: Uint8Array): void {
  const reference = referenceParse(input)
  const value = parseJsonObject(input)
  if (reference === undefined) expect(value).toBeUndefined()
  else expect(value).toSatisfy((one) => isDeepStrictEqual(one, reference.value))
}

describe('one plain JSON object', () => {
  test('is parsed to its own members', () => {
    expect(parse('{"a":[1,{"b":null}],"c":"\\u00e9"}')).toEqual({ a: [1, { b: null }], c: 'é' })
    expect(parse('{}')).toEqual({})
    expect(parse(' \t\r\n{ "a" : 1 } \n')).toEqual({ a: 1 })
  })

  test.each(['null', '5', '"text"', '[]', '[{}]', 'true', '', ' ', '{', '}', '{}{}', '{},', '{}x'])(
    '%j is none',
    (text) => {
      expect(parse(text)).toBeUndefined()
    },
  )

  test('__proto__ is a member like any other', () => {
    const value = parse('{"__proto__":{"admin":true},"constructor":1}')
    expect(Object.keys(value ?? {})).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect((value as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('what two parsers could read differently is refused', () => {
  test.each([
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once in an escape', '{"a":1,"\\u0061":2}'],
    ['a name twice further down', '{"a":{"b":[{"c":1,"c":2}]}}'],
    ['a name twice, the first an object with members', '{"a":{"b":1},"a":2}'],
    ['a name twice, the second an object with members', '{"a":2,"a":{"b":1}}'],
    ['a name twice, both objects', '{"a":{"b":1},"a":{"b":1}}'],
    ['the empty name twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":1}'],
    ['__proto__ twice, hidden', '{"__proto__":{"a":1},"__proto__":null}'],
    ['a number twice', '{"0":1,"0":2}'],
  ])('%s', (_, text) => {
    expect(JSON.parse(text)).toBeTypeOf('object')
    expect(parse(text)).toBeUndefined()
  })

  test.each([
    ['a name at two levels', '{"a":{"a":{"a":1}}}'],
    ['a name in two items', '{"a":[{"a":1},{"a":1}]}'],
    ['colons and braces within strings', '{"a":":{}[]:\\":","b":"\\\\\\":"}'],
    ['names that differ by case or normal form', '{"a":1,"A":2,"\u00e9":3,"e\u0301":4}'],
  ])('but %s is not', (_, text) => {
    expect(parse(text)).toStrictEqual(JSON.parse(text))
  })

  test.each([
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
    ['a lone continuation byte', [0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['an overlong quote', [0x7b, 0xc0, 0xa2, 0x3a, 0x31, 0x7d]],
    ['a surrogate', [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['a code point past the last', [0x7b, 0x22, 0xf4, 0x90, 0x80, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['UTF-16', [0x7b, 0x00, 0x7d, 0x00]],
  ])('%s', (_, octets) => {
    expect(parseJsonObject(Uint8Array.from(octets))).toBeUndefined()
  })

  test('32 levels are taken, 33 are not, and a million neither', () => {
    const levels = (count: number) => `{"a":${'['.repeat(count - 1)}${']'.repeat(count - 1)}}`
    expect(maxDepth).toBe(32)
    expect(parse(levels(32))).toBeDefined()
    expect(parse(levels(33))).toBeUndefined()
    expect(parse(levels(1_000_000))).toBeUndefined()
    expect(parse(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`)).toBeDefined()
    expect(parse(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toBeUndefined()
    expect(parse(`${'{"a":'.repeat(500_000)}`)).toBeUndefined()
  })

  test('backslashes without end take time in proportion', () => {
    const startMs = performance.now()
    expect(parse(`{"a":"${'\\'.repeat(200_000)}`)).toBeUndefined()
    expect(parse(`{"a":"${'\\"'.repeat(100_000)}`)).toBeUndefined()
    expect(performance.now() - startMs).toBeLessThan(1000)
  })
})

describe('names in escapes', () => {
  test.each([
    [
      'a slash, as PHP writes it',
      '{"https:\\/\\/a":1,"b\\/":{"c\\/d" : "\\/"}}',
      { 'https://a': 1, 'b/': { 'c/d': '/' } },
    ],
    ['letters', '{"\\u0061":1,"\\ud83d\\ude00":2}', { a: 1, '\u{1f600}': 2 }],
    ['a string that looks like a name', '{"a":"\\"b\\":1","c":["\\\\"]}', { a: '"b":1', c: ['\\'] }],
  ])('%s', (_, text, value) => {
    expect(parse(text)).toStrictEqual(value)
  })

  test.each([
    '{"\\"":1}',
    '{"a\\\\":1}',
    '{"\\n":1}',
    '{"\\u0000":1}',
    '{"a":{"\\u005c":1}}',
    '{"\\x":1}',
    '{"\\u00":1}',
  ])('%s holds a name that is nobody’s claim', (text) => {
    expect(parse(text)).toBeUndefined()
  })

  test('a text that came before cannot rename a member of the next', () => {
    // nodejs/node issue 63785: with the first text parsed by V8 as it is, the second gets the name of the first.
    parse('{"first":1,"https:\\\\/\\\\/p.examp":2}')
    JSON.parse('{"first":1,"https:\\\\/\\\\/p.examp":2}')
    expect(Object.keys(parse('{"first":1,"https:\\/\\/p.example":2}') ?? {})).toEqual([
      'first',
      'https://p.example',
    ])
  })
})

describe('against a reference', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', '__proto__', 'constructor', '', '0', 'a"', '\\', ':', 'é'),
    fc.string({ maxLength: 3 }),
  )
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1e300, '\ud800', '"', '\\'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  /** JSON text in which names may repeat. */
  const { json } = fc.letrec<{ json: string; object: string }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      scalar.map((value) => JSON.stringify(value)),
      tie('object'),
      fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join()}]`),
    ),
    object: fc
      .array(fc.tuple(name, tie('json')), { maxLength: 4 })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(' , ')}}`),
  }))
  const document = fc
    .array(fc.tuple(name, json), { maxLength: 4 })
    .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`)

  test('arbitrary documents, names repeated or not', async () => {
    await holds(
      fc.property(document, (text) => agrees(bytes(text))),
      { times: 10 },
    )
  })

  test('documents with a character changed, put in or taken out', async () => {
    const piece = fc.constantFrom(
      '"',
      '\\',
      ':',
      ',',
      '{',
      '}',
      '[',
      ']',
      ' ',
      '\n',
      '0',
      '-',
      '.',
      'e',
      'u',
      '\u0000',
      '\ufeff',
      '\\u',
      'é',
      'null',
    )
    const edited = fc.tuple(document, fc.nat(), fc.nat(2), piece).map(([text, at, cut, put]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + put + text.slice(place + cut)
    })
    await holds(
      fc.property(edited, (text) => agrees(bytes(text))),
      { times: 10 },
    )
  })

  test('documents with a byte changed, and arbitrary bytes', async () => {
    const edited = fc.tuple(document, fc.nat(), fc.nat(255)).map(([text, at, octet]) => {
      const octets = bytes(text)
      octets[at % octets.length] = octet
      return octets
    })
    await holds(fc.property(edited, agrees), { times: 10 })
    await holds(fc.property(fc.uint8Array({ maxLength: 40 }), agrees), { times: 5 })
  })

  test('isJsonObject takes objects alone', () => {
    for (const value of [null, undefined, [], 'x', 5, true, () => 1]) expect(isJsonObject(value)).toBe(false)
    for (const value of [{}, Object.create(null), { a: 1 }]) expect(isJsonObject(value)).toBe(true)
  })
})
