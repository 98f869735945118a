import { z } from 'zod'
import { manifestSchema } from '../shared/manifest/schema.ts'

/** The manifest's JSON Schema, for completion in editors. */
export function schemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(manifestSchema, { io: 'input' }), undefined, 2)}\n`
}
