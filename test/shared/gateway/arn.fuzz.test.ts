import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxArnBytes, parseMethodArn, stageName } from '../../../shared/gateway/arn.ts'
import { fuzzParameters } from '../../support/fuzz.ts'

const region = fc.stringMatching(/^[a-z]{2}-[a-z]{4}-[0-9]$/)
const account = fc.stringMatching(/^[0-9]{12}$/)
const apiId = fc.stringMatching(/^[a-z0-9]{10}$/)
const stage = fc.oneof(fc.constantFrom('$default', '*'), fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/))
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')
const path = fc
  .array(
    fc.oneof(
      fc.constantFrom(':', '/', '//', '*', '?', '$', 'arn:aws:execute-api:', 'GET/', '\n'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => `/${parts.join('')}`)

test('the parts of an ARN come out as they went in, whatever the path holds', () => {
  fc.assert(
    fc.property(
      region,
      account,
      apiId,
      stage,
      method,
      path,
      (region, account, apiId, stage, method, path) => {
        const prefix = `arn:aws:execute-api:${region}:${account}:${apiId}/${stage}`
        const arn = `${prefix}/${method}${path}`
        fc.pre(Buffer.byteLength(arn) <= maxArnBytes)
        expect(parseMethodArn(arn)).toEqual({ prefix, apiId, stage, method, path })
      },
    ),
    fuzzParameters(),
  )
})

test('any text is refused, or taken apart without loss and without a wildcard before the stage', () => {
  const words = ['arn', 'aws', 'execute-api', 'eu-west-1', '1', 'a', 'GET', 'x', '$default']
  const pieces = fc.constantFrom(...words, ':', '/', '*', '?', '$', '{x}', '\n')
  const near = fc.array(pieces, { minLength: 6, maxLength: 30 }).map((parts) => parts.join(''))
  const broken = fc
    .tuple(fc.constant('arn:aws:execute-api:eu-west-1:1:a/prod/GET/x'), fc.nat(43), pieces)
    .map(([arn, at, piece]) => arn.slice(0, at) + piece + arn.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), near, broken), (text) => {
      const arn = parseMethodArn(text)
      if (arn === undefined) return
      expect([`${arn.prefix}/${arn.method}${arn.path}`, `${arn.prefix}/${arn.method}`]).toContain(text)
      expect(arn.prefix.endsWith(`:${arn.apiId}/${arn.stage}`)).toBe(true)
      expect(arn.path.startsWith('/')).toBe(true)
      const api = arn.prefix.slice(0, -arn.stage.length)
      expect(/[*?\n]|\$\{/.test(stageName.test(arn.stage) ? arn.prefix : api)).toBe(false)
    }),
    fuzzParameters(),
  )
})
