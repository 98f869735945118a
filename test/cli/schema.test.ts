import { describe, expect, test } from 'vitest'
import { schemaText } from '../../cli/schema.ts'

type Schema = { readonly [keyword: string]: unknown }

function properties(schema: unknown, path: string): readonly (readonly [string, Schema])[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties'
      ? Object.entries(value as Record<string, Schema>).flatMap(([name, inner]) => [
          [`${path}.${name}`, inner] as const,
          ...properties(inner, `${path}.${name}`),
        ])
      : properties(value, path),
  )
}

describe('the JSON Schema that editors complete keys with', () => {
  const schema = JSON.parse(schemaText())

  test('every key has a title and a sentence about it', () => {
    const keys = properties(schema, '')
    expect(keys.length).toBeGreaterThan(90)
    const silent = keys.filter(
      ([, { title, description }]) => !title || !/^\S.+\.$/.test(String(description)),
    )
    expect(silent.map(([key]) => key)).toEqual([])
  })

  test('no map with keys of its own takes other ones', () => {
    const open: unknown[] = []
    JSON.parse(schemaText(), (_, value) => {
      if (value?.properties !== undefined && value.additionalProperties !== false) open.push(value)
      return value
    })
    expect(open).toEqual([])
  })

  test('an included manifest has one of its own: no issuers, no apps, no ids', () => {
    const included = JSON.parse(schemaText('included'))
    expect(Object.keys(included.properties)).toEqual(['version', 'vars', 'api', 'roles'])
    expect(included.required).toEqual(['version'])
    expect(included.properties.api.properties).not.toHaveProperty('apiIds')
    expect(included.properties.roles).toEqual(schema.properties.roles)
  })

  test('it asks for what the manifest cannot do without, and shows defaults', () => {
    expect(schema.required).toEqual(['version', 'issuers'])
    expect(schema.properties.api.properties.cacheSeconds).toMatchObject({
      default: 300,
      minimum: 0,
      maximum: 3600,
    })
  })
})
