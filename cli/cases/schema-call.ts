import { z } from 'zod'
import { keys, oneOf, text } from '../../shared/manifest/shapes.ts'
import { parseRequestText } from '../request-text.ts'

const requestMap = keys({
  api: oneOf(['rest', 'http', 'both'])
    .default('both')
    .meta({ title: 'API', description: 'The type of API by which the request comes; both are decided.' }),
  method: text('a method').meta({ title: 'Method', description: 'The method, in upper case.' }),
  path: text('a concrete path').meta({
    title: 'Path',
    description: 'The path as API Gateway receives it, without stage and query.',
  }),
})

const takesRequest = 'a request, as in GET /orders/1, or a map with the keys api, method, path'

/** A concrete request, for one type of API or for both. */
export const request = z.union(
  [
    text(takesRequest, 'value_invalid', (value) => {
      const parsed = parseRequestText(value)
      return 'wrong' in parsed ? parsed.wrong : undefined
    }),
    requestMap,
  ],
  { error: takesRequest },
)

/** Any JSON object. */
export const claims = z
  .record(z.string(), z.unknown(), { error: 'a map of claims' })
  .superRefine((value, context) => {
    for (const path of notNumbers(value)) {
      const params = { code: 'number_unsafe', mend: 'write a number that JSON has' }
      context.addIssue({
        code: 'custom',
        path: [...path],
        message: 'is a number that no token holds',
        params,
      })
    }
  })

/** `.nan` and `.inf` are numbers of YAML and not of JSON. */
function notNumbers(value: unknown): readonly (readonly (string | number)[])[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [[]]
  if (typeof value !== 'object' || value === null) return []
  const steps = Array.isArray(value) ? value.entries() : Object.entries(value)
  return [...steps].flatMap(([step, inner]) => notNumbers(inner).map((path) => [step, ...path]))
}
