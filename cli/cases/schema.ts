import { z } from 'zod'
import { parseInstant } from '../../shared/manifest/instant.ts'
import { keys, listOf, text } from '../../shared/manifest/shapes.ts'
import { claims, request } from './schema-call.ts'
import { expectation } from './schema-expect.ts'

/** Fixed, so that no result depends on the date. */
export const defaultNow = '2026-11-22T08:00:00Z'

/** What a group says for all its cases, and a case for itself. */
const shared = {
  claims: claims.optional().meta({
    title: 'Claims',
    description: 'The claims of the verified token, as the issuer writes them; numbers are numbers here.',
  }),
  issuer: text('the name of an issuer')
    .optional()
    .meta({ title: 'Issuer', description: 'Whose claims they are. Default: the manifest’s only issuer.' }),
  request: request.optional().meta({
    title: 'Request',
    description:
      'GET /orders/1, decided for REST and HTTP APIs; $connect; Query.orders; or a map of api, method and path.',
  }),
  app: text('the name of an app')
    .optional()
    .meta({ title: 'App', description: 'Which app of the manifest is called, where it has apps.' }),
  now: text(
    "an instant with its time zone, as in '2027-03-31T00:00:00Z' (RFC 3339)",
    'instant_invalid',
    (value) => (parseInstant(value) === undefined ? 'is not an RFC 3339 instant' : undefined),
  )
    .optional()
    .meta({ title: 'Now', description: `When it is decided. Default: ${defaultNow}, whatever the date.` }),
}

const policyCase = keys({
  name: text('a name').meta({
    title: 'Name',
    description: 'What the case shows; one of its own in the group.',
  }),
  ...shared,
  expect: expectation.meta({ title: 'Expect', description: 'The decision that is due.' }),
})

const file = (takes: string) => text(`the path of ${takes}`).optional()

export const groupSchema = keys({
  about: text('text').meta({ title: 'About', description: 'What the cases of this group are about.' }),
  access: file('a manifest').meta({
    title: 'Access manifest',
    description: 'The manifest, relative to this file. Default: the one of `--access`.',
  }),
  vars: file('a vars file').meta({
    title: 'Variables',
    description: 'Values that replace those of `vars` in the manifest, relative to this file.',
  }),
  manifest: z.string({ error: 'the text of a manifest' }).optional().meta({
    title: 'Manifest',
    description: 'The text of a manifest, in the place of `access`.',
  }),
  routes: keys({
    rest: z.array(text('a route'), { error: 'a list of routes' }).optional().meta({
      title: 'REST',
      description: 'The routes of the REST API.',
    }),
    http: z.array(text('a route'), { error: 'a list of routes' }).optional().meta({
      title: 'HTTP',
      description: 'The routes of the HTTP API.',
    }),
  })
    .optional()
    .meta({ title: 'Routes', description: 'The routes file of a `manifest` that stands here.' }),
  ...shared,
  cases: listOf(policyCase, 'a list of cases')
    .superRefine((cases, context) => {
      const seen = new Set<string>()
      for (const [at, { name }] of cases.entries()) {
        const params = { code: 'duplicate_entry', mend: 'give each case a name of its own' }
        const message = 'stands in the group twice'
        if (seen.has(name)) context.addIssue({ code: 'custom', path: [at, 'name'], message, params })
        seen.add(name)
      }
    })
    .meta({ title: 'Cases', description: 'Claims, a request and the decision that is due.' }),
}).superRefine(({ access, manifest, routes }, context) => {
  const add = (key: string, message: string, mend: string): void =>
    context.addIssue({ code: 'custom', path: [key], message, params: { code: 'one_of_several', mend } })
  if (access !== undefined && manifest !== undefined)
    add('access', 'stands beside "manifest"', 'keep one of the two')
  else if (routes !== undefined && manifest === undefined)
    add('routes', 'stands without "manifest"', 'let the manifest name a file of them: api.routesFile')
})

/** A file of policy cases: its format, its JSON Schema and its type in one definition. */
export const casesSchema = listOf(groupSchema, 'a list of groups').meta({
  title: 'Policy cases',
  description: 'What an access manifest is expected to decide; `postern test` runs them.',
})

export type GroupText = z.infer<typeof groupSchema>
export type CaseText = GroupText['cases'][number]
export type Expectation = CaseText['expect']
export type RequestText = NonNullable<CaseText['request']>
