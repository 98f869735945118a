import { z } from 'zod'
import { manifestSchema } from '../shared/manifest/schema.ts'
import { casesSchema } from './cases/schema.ts'

/** The JSON Schema of the manifest, or of files of policy cases, for completion in editors. */
export function schemaText(of: 'manifest' | 'cases' = 'manifest'): string {
  const schema = of === 'manifest' ? manifestSchema : casesSchema
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), undefined, 2)}\n`
}
