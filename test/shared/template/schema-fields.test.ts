import { describe, expect, test } from 'vitest'
import { readSchemaFields, type SchemaField } from '../../../shared/template/schema-fields.ts'

const names = (fields: readonly SchemaField[]) => fields.map(({ type, name }) => `${type}.${name}`)
const read = (text: string) => {
  const found = readSchemaFields(text)
  return 'root' in found ? { root: names(found.root), other: names(found.other) } : found
}

describe('fields of the types that operations begin with', () => {
  test('by their names', () => {
    const text =
      'type Query { a: Int, b(c: Int): [T!]! } type Mutation { d: T } type Subscription { e: T } type T { f: Int }'
    expect(read(text)).toEqual({
      root: ['Query.a', 'Query.b', 'Mutation.d', 'Subscription.e'],
      other: ['T.f'],
    })
  })

  test('by `schema`, and then by it alone', () => {
    const text = 'schema { query: Q } type Q { a: Int } type Query { b: Int } type Mutation { c: Int }'
    expect(read(text)).toEqual({ root: ['Q.a'], other: ['Query.b', 'Mutation.c'] })
    const more = 'schema { query: Q } extend schema { mutation: M } type M { a: Int } type Q { b: Int }'
    expect(read(more)).toEqual({ root: ['Q.b', 'M.a'], other: [] })
  })

  test('`extend type` adds to them', () => {
    const text = 'extend type Query { a: Int } type Query { b: Int } extend type Query { c: Int }'
    expect(read(text)).toEqual({ root: ['Query.a', 'Query.b', 'Query.c'], other: [] })
  })

  test('descriptions, comments, unions, inputs, enums, interfaces and directives stand beside', () => {
    const text = `# who
      directive @auth(role: String) on FIELD_DEFINITION
      scalar Date
      "orders" type Query { "all" a(in: In = { x: 1 }): U @auth(role: "x") }
      interface Node { id: ID } input In { x: Int } enum E { A B } union U = T | V
      type T implements Node & Other { id: ID } type V { e: E }
      interface Other { id: ID }`
    expect(read(text)).toEqual({ root: ['Query.a'], other: ['T.id', 'V.e'] })
  })
})

test('directives of a field and of its type, extensions included', () => {
  const text = 'type Query @a(x: 1) { f: Int @b g: Int } extend type Query @c { h: Int }'
  expect(readSchemaFields(text)).toMatchObject({
    root: [
      { name: 'f', directives: ['b'], ofType: ['a', 'c'] },
      { name: 'g', directives: [], ofType: ['a', 'c'] },
      { name: 'h', directives: [], ofType: ['a', 'c'] },
    ],
  })
})

describe('what is no schema', () => {
  test.each([
    ['type Query {\n  a: \n}', { line: 3, column: 1 }],
    ['', { line: 1, column: 1 }],
    ['type Query { a: Int', { line: 1, column: 20 }],
    ['"""', { line: 1, column: 4 }],
  ])('%j: the place', (text, place) => {
    expect(read(text)).toEqual(place)
  })

  test('brackets by the hundred thousand are no crash', () => {
    expect(read(`type Query { a: ${'['.repeat(200_000)}`)).not.toHaveProperty('root')
  })
})
