import { describe, expect, test } from 'vitest'
import { maxArnBytes, parseMethodArn, stageName } from '../../../shared/gateway/arn.ts'

const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/prod'

describe('an ARN is taken apart', () => {
  test('into its prefix, API, stage, method and path', () => {
    expect(parseMethodArn(`${prefix}/GET/orders/1`)).toEqual({
      prefix,
      apiId: 'abc123',
      stage: 'prod',
      method: 'GET',
      path: '/orders/1',
    })
  })

  test.each([
    ['a root path', `${prefix}/GET/`, '/'],
    ['a root path without its slash', `${prefix}/GET`, '/'],
    ['a path with colons, which is not cut at one', `${prefix}/GET/a:b:c/d`, '/a:b:c/d'],
    ['a path that looks like an ARN', `${prefix}/GET/${prefix}/POST/x`, `/${prefix}/POST/x`],
    ['a path with wildcards', `${prefix}/GET/*/?`, '/*/?'],
    ['a path with an empty segment', `${prefix}/GET//x`, '//x'],
    ['a path with a line feed', `${prefix}/GET/a\nb`, '/a\nb'],
    ['an escaped path, which is not decoded', `${prefix}/GET/%2e%2e`, '/%2e%2e'],
  ])('%s', (_, arn, path) => {
    expect(parseMethodArn(arn)).toMatchObject({ prefix, method: 'GET', path })
  })

  test.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b'])('the partition %s', (partition) => {
    const arn = `arn:${partition}:execute-api:eu-west-1:1:a/prod/GET/`
    expect(parseMethodArn(arn)?.prefix).toBe(`arn:${partition}:execute-api:eu-west-1:1:a/prod`)
  })

  test.each(['$default', '*', 'test-invoke-stage', 's'.repeat(128)])('the stage %s', (stage) => {
    const prefix = `arn:aws:execute-api:eu-west-1:1:a/${stage}`
    expect(parseMethodArn(`${prefix}/GET/x`)).toMatchObject({ prefix, stage })
  })
})

describe('what is no method ARN is refused', () => {
  test.each([
    ['nothing', ''],
    ['text before it', ` ${prefix}/GET/x`],
    ['another service', 'arn:aws:s3:::bucket/key/GET/x'],
    ['another partition', 'arn:evil:execute-api:eu-west-1:1:a/prod/GET/x'],
    ['an empty account', 'arn:aws:execute-api:eu-west-1::a/prod/GET/x'],
    ['an empty region', 'arn:aws:execute-api::1:a/prod/GET/x'],
    ['no method', prefix],
    ['an empty method', `${prefix}//x`],
    ['a wildcard method', `${prefix}/*/x`],
    ['a method in lower case', `${prefix}/get/x`],
    ['a method of 17 letters', `${prefix}/${'A'.repeat(17)}/x`],
    ['a method with a line feed, which ends a line but not the text', `${prefix}/GET\n`],
    ['a wildcard API', 'arn:aws:execute-api:eu-west-1:1:*/prod/GET/x'],
    ['a wildcard account', 'arn:aws:execute-api:eu-west-1:*:a/prod/GET/x'],
    ['a wildcard region', 'arn:aws:execute-api:*:1:a/prod/GET/x'],
    ['a wildcard partition', 'arn:aws*:execute-api:eu-west-1:1:a/prod/GET/x'],
    ['an empty stage', 'arn:aws:execute-api:eu-west-1:1:a//GET/x'],
    ['a stage of 129 characters', `arn:aws:execute-api:eu-west-1:1:a/${'s'.repeat(129)}/GET/x`],
    ['a WebSocket route', 'arn:aws:execute-api:eu-west-1:1:a/prod/$connect'],
  ])('%s', (_, arn) => {
    expect(parseMethodArn(arn)).toBeUndefined()
  })

  test.each(['*', 'pro*', '**', '?', `${'$'}{aws:x}`, '$default*', 'a b', 'é'])(
    'a stage %s can be read, and is no name of a stage',
    (stage) => {
      const arn = parseMethodArn(`arn:aws:execute-api:eu-west-1:1:a/${stage}/GET/x`)
      expect(arn).toMatchObject({ stage, method: 'GET', path: '/x' })
      expect(stageName.test(stage)).toBe(false)
    },
  )

  test.each(['prod', '$default', 'a_B-9', 's'.repeat(128)])('%s is a name of a stage', (stage) => {
    expect(stageName.test(stage)).toBe(true)
  })

  test('longer than API Gateway takes, counted in bytes', () => {
    const fits = `${prefix}/GET/`.padEnd(maxArnBytes - 2, 'x')
    expect(parseMethodArn(`${fits}é`)).toBeDefined()
    expect(parseMethodArn(`${fits}éx`)).toBeUndefined()
  })
})
