import { z } from 'zod'
import { manifestSchema } from '../../../shared/manifest/schema.ts'

type Schema = { readonly [keyword: string]: unknown }

const top = z.toJSONSchema(manifestSchema, { io: 'input' }) as Schema

/** Every key of the manifest, as the JSON Schema has them: `roles.*.trust.claims`, lists left out. */
export const schemaKeys: ReadonlySet<string> = collect(top, '', new Set(), [])

function collect(schema: Schema, path: string, into: Set<string>, open: readonly unknown[]): Set<string> {
  if (open.includes(schema)) return into
  const inner = [...open, schema]
  if (typeof schema.$ref === 'string') return collect(resolve(schema.$ref), path, into, inner)
  for (const branch of [...list(schema.anyOf), ...list(schema.oneOf), ...list(schema.allOf)])
    collect(branch, path, into, inner)
  if (typeof schema.items === 'object') collect(schema.items as Schema, path, into, inner)
  if (typeof schema.additionalProperties === 'object')
    collect(schema.additionalProperties as Schema, `${path}.*`, into, inner)
  for (const [key, value] of Object.entries((schema.properties ?? {}) as Record<string, Schema>)) {
    into.add(`${path}.${key}`.slice(1))
    collect(value, `${path}.${key}`, into, inner)
  }
  return into
}

function resolve(reference: string): Schema {
  let schema: unknown = top
  for (const step of reference.split('/').slice(1)) schema = (schema as Schema)[step]
  return schema as Schema
}

function list(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value : []
}

/** The schema's keys that a manifest uses. */
export function keysOf(value: unknown): ReadonlySet<string> {
  const used = new Set<string>()
  const walk = (inner: unknown, path: string): void => {
    if (Array.isArray(inner)) for (const item of inner) walk(item, path)
    else if (typeof inner === 'object' && inner !== null)
      for (const [key, item] of Object.entries(inner)) {
        const next = schemaKeys.has(`${path}.${key}`.slice(1)) ? `${path}.${key}` : `${path}.*`
        used.add(next.slice(1))
        walk(item, next)
      }
  }
  walk(value, '')
  return used
}
