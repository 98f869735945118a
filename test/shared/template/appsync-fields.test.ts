import { describe, expect, test } from 'vitest'
import { readApis } from '../../../shared/template/read-apis.ts'
import { readTemplate } from '../../../shared/template/template.ts'
import { codes, graph, http, problemsOf, type Resources, ref, rest, write } from './templates.ts'

const read = (Resources: Resources, only?: string) =>
  readApis(readTemplate(write('graph.json', { Resources })), only)
const guards = (template: Resources) =>
  read(template).apis.flatMap(({ routes }) =>
    routes.map(({ text, authorization }) => `${text} ${authorization}`),
  )

test('the fields of the operations are routes, sorted; others may be listed', () => {
  const [api] = read(graph()).apis
  expect(api).toMatchObject({ type: 'appsync', logicalId: 'Graph', listed: 'all' })
  expect(api?.routes).toMatchObject([
    { text: 'Mutation.cancel', authorization: 'CUSTOM', authorizer: { name: 'Graph', here: true } },
    { text: 'Query.orders', authorization: 'CUSTOM' },
  ])
  expect(api?.otherFields.map(({ text }) => text)).toEqual(['Order.id'])
})

describe('who guards a field: its own directives, or its type’s, or the API’s first provider', () => {
  const lambda = { AuthenticationType: 'AWS_LAMBDA', LambdaAuthorizerConfig: { AuthorizerUri: 'arn:x' } }
  const api = { AuthenticationType: 'API_KEY', AdditionalAuthenticationProviders: [lambda] }
  const guarded = (Definition: string) => guards(graph({ api, schema: { Definition } }))

  test('the API’s first provider; other directives say nothing', () => {
    expect(guarded('type Query { a: Int @aws_subscribe(mutations: ["b"]) }')).toEqual(['Query.a API_KEY'])
    expect(guards(graph({ schema: { Definition: 'type Query { a: Int }' } }))).toEqual(['Query.a CUSTOM'])
  })

  test('the type’s, and the field’s in its place', () => {
    const text = 'type Query @aws_lambda @aws_iam { a: Int b: Int @aws_oidc c: Int @aws_iam @aws_lambda }'
    expect(guarded(text)).toEqual(['Query.a CUSTOM', 'Query.b OPENID_CONNECT', 'Query.c CUSTOM'])
    const pools = 'type Query { a: Int @aws_cognito_user_pools b: Int @aws_auth(cognito_groups: ["x"]) }'
    expect(guarded(pools)).toEqual(['Query.a AMAZON_COGNITO_USER_POOLS', 'Query.b AMAZON_COGNITO_USER_POOLS'])
  })

  test('@aws_lambda of an API without a Lambda authorizer is nobody’s', () => {
    const only = { AuthenticationType: 'AWS_IAM' }
    const template = graph({ api: only, schema: { Definition: 'type Query { a: Int @aws_lambda }' } })
    expect(guards(template)).toEqual(['Query.a AWS_LAMBDA'])
  })
})

describe('definition_elsewhere: a schema that the template does not show is a warning', () => {
  const { Schema: _schema, ...alone } = graph()
  const inS3 = { Definition: undefined, DefinitionS3Location: 's3://b/schema.graphql' }
  test.each<[string, Resources, string]>([
    ['a file in S3', graph({ schema: inS3 }), 'a file in S3'],
    ['in another template', alone, 'does not stand in this template'],
    ['of another API', graph({ schema: { ApiId: ref('Other') } }), 'does not stand in this template'],
    ['an import', graph({ schema: { Definition: { 'Fn::ImportValue': 'schema' } } }), 'the import "schema"'],
    ['merged', graph({ api: { ApiType: 'MERGED' } }), 'merged from other APIs'],
    ['nowhere', graph({ schema: { Definition: undefined } }), 'not set'],
  ])('%s', (_, template, message) => {
    const { apis, warnings } = read(template)
    expect(codes(warnings)).toEqual(['definition_elsewhere Graph'])
    expect(warnings[0]?.message).toContain(message)
    expect(warnings[0]?.mend).toContain('list its fields by hand')
    expect(apis).toMatchObject([{ logicalId: 'Graph', routes: [], listed: 'some' }])
  })

  test('but of an API that never asks Postern, unless it is picked', () => {
    const template = graph({ api: { AuthenticationType: 'API_KEY', ApiType: 'MERGED' } })
    expect(read(template).warnings).toEqual([])
    expect(read(template).apis).toMatchObject([{ listed: 'none' }])
    expect(codes(read(template, 'Graph').warnings)).toEqual(['definition_elsewhere Graph'])
  })
})

describe('a schema that cannot be read is an error', () => {
  test('with the place in it', () => {
    const Definition = 'type Query {\n  a: Int\n  b\n}'
    const found = problemsOf(() => read(graph({ schema: { Definition } })))
    expect(codes(found)).toEqual(['resource_invalid Schema'])
    expect(found[0]?.message).toContain('at line 4, column 1 of it')
  })

  test('text that is no text', () => {
    const found = problemsOf(() => read(graph({ schema: { Definition: ['type Query { a: Int }'] } })))
    expect(codes(found)).toEqual(['resource_invalid Schema'])
  })

  test('it is none of the others’ where one of them is picked', () => {
    const template = { ...rest(), ...http(), ...graph({ schema: { Definition: '{' } }) }
    expect(read(template, 'Rest').apis).toHaveLength(1)
  })
})
