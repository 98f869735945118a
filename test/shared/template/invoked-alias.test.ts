// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub is written so
import { describe, expect, test } from 'vitest'
import { readWiring } from '../../../shared/template/wiring.ts'
import { getAtt, graph, type Resources, ref, rest, write } from './templates.ts'

const read = (Resources: Resources) => readWiring(write('aliases.json', { Resources })).authorizers

describe('the alias that AuthorizerUri invokes', () => {
  const uri = (...parts: readonly unknown[]) => ({
    'Fn::Join': [
      '',
      [
        ...['arn:', ref('AWS::Partition'), ':apigateway:', ref('AWS::Region')],
        ...[':lambda:path/2015-03-31/functions/', ...parts, '/invocations'],
      ],
    ],
  })
  const sub = (text: string) => ({ 'Fn::Sub': text })
  const arn = getAtt('Postern', 'Arn')
  const functions: Resources = {
    Postern: { Type: 'AWS::Lambda::Function' },
    Billing: { Type: 'AWS::Lambda::Alias', Properties: { Name: 'billing' } },
    Unsure: { Type: 'AWS::Lambda::Alias', Properties: { Name: { Ref: 'Stage' } } },
    Itself: { Type: 'AWS::Lambda::Alias', Properties: { Name: ref('Itself') } },
    Seven: { Type: 'AWS::Lambda::Version' },
  }
  const path = 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions'
  test.each<[string, unknown, string | undefined]>([
    ['a reference to the alias', uri(ref('Billing')), 'billing'],
    ['as osls writes `provisioned`', uri({ 'Fn::Join': [':', [arn, 'billing']] }), 'billing'],
    ['behind the ARN', sub(`${path}/\${Postern.Arn}:billing/invocations`), 'billing'],
    [
      'behind the name',
      sub(`${path}/arn:aws:lambda:x:1:function:\${Postern}:billing/invocations`),
      'billing',
    ],
    [
      'in plain text',
      `${path}/arn:aws:lambda:eu-west-1:123456789012:function:f:billing/invocations`,
      'billing',
    ],
    ['behind an import', uri({ 'Fn::ImportValue': 'arn' }, ':billing'), 'billing'],
    ['none', uri(arn), undefined],
    ['none in plain text', `${path}/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations`, undefined],
    ['a version', uri(arn, ':7'), undefined],
    ['a reference to a version', uri(ref('Seven')), undefined],
    ['a stage variable', sub(`${path}/\${Postern.Arn}:\${!stageVariables.alias}/invocations`), undefined],
    ['a parameter', uri(arn, ':', ref('AWS::StackName')), undefined],
    ['an alias whose name is a parameter', uri(ref('Unsure')), undefined],
    ['an alias whose name is itself', uri(ref('Itself')), undefined],
    ['an import', uri({ 'Fn::ImportValue': 'arn' }), undefined],
    ['a map', { a: 'b' }, undefined],
    ['not set', undefined, undefined],
  ])('%s', (_, AuthorizerUri, alias) => {
    expect(read({ ...rest({ authorizer: { AuthorizerUri } }), ...functions })).toMatchObject([{ alias }])
  })

  test('AppSync names the function alone', () => {
    const ofGraph = (AuthorizerUri: unknown) =>
      read({ ...graph({ lambda: { AuthorizerUri } }), ...functions }).map(({ alias }) => alias)
    expect(ofGraph(ref('Billing'))).toEqual(['billing'])
    expect(ofGraph(sub('${Postern.Arn}:billing'))).toEqual(['billing'])
    expect(ofGraph(arn)).toEqual([undefined])
  })
})
