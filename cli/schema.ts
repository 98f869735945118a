import { z } from 'zod'
import { includedSchema, manifestSchema } from '../shared/manifest/schema.ts'
import { casesSchema } from './cases/schema.ts'

const schemas = { manifest: manifestSchema, included: includedSchema, cases: casesSchema } as const

/** The JSON Schema of the manifest, of one that a root includes, or of files of policy cases, for completion in editors. */
export function schemaText(of: keyof typeof schemas = 'manifest'): string {
  return `${JSON.stringify(z.toJSONSchema(schemas[of], { io: 'input' }), undefined, 2)}\n`
}
