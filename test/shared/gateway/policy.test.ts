import { describe, expect, test } from 'vitest'
import { PosternError } from '../../../shared/error.ts'
import { parseMethodArn } from '../../../shared/gateway/arn.ts'
import { denyAll, maxResourceLength, refusing, renderPolicy } from '../../../shared/gateway/policy.ts'
import { evaluate } from '../../support/policy-evaluator.ts'

const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/prod'
const arnOf = (method: string, path: string) => {
  const arn = parseMethodArn(`${prefix}/${method}${path}`)
  if (!arn) throw new Error('the test asks with a broken ARN')
  return arn
}

describe('the document covers the whole grant', () => {
  test("one Allow pattern for each route of a method, in IAM's own shape", () => {
    expect(renderPolicy(prefix, ['GET /orders', 'POST /orders/{}', 'GET /files/{+}'], 'rest')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: [`${prefix}/GET/orders`, `${prefix}/POST/orders/?*`, `${prefix}/GET/files/?*`],
        },
      ],
    })
  })

  test('ANY is every method by name, since a star there would cross the slash', () => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    expect(renderPolicy(prefix, ['ANY /a/{}/b'], 'http').Statement[0]?.Resource).toEqual(
      methods.map((method) => `${prefix}/${method}/a/?*/b`),
    )
  })

  test('a route that two roles grant stands once', () => {
    expect(renderPolicy(prefix, ['GET /a', 'GET /a'], 'rest').Statement[0]?.Resource).toEqual([
      `${prefix}/GET/a`,
    ])
  })

  test('the root', () => {
    expect(evaluate(renderPolicy(prefix, ['GET /'], 'rest'), `${prefix}/GET/`)).toBe('allow')
    expect(evaluate(renderPolicy(prefix, ['GET /'], 'rest'), `${prefix}/GET/a`)).toBe('deny')
  })

  test('$default is every route of an HTTP API', () => {
    expect(renderPolicy(prefix, ['ANY $default'], 'http').Statement[0]?.Resource).toEqual([`${prefix}/*`])
  })

  test('$default granted on an HTTP API opens nothing on a REST API, which has no such route', () => {
    const document = renderPolicy(prefix, ['ANY $default', 'GET /orders'], 'rest')
    expect(document.Statement[0]?.Resource).toEqual([`${prefix}/GET/orders`])
    expect(renderPolicy(prefix, ['ANY $default'], 'rest')).toEqual(denyAll(prefix))
  })

  test('a caller without a grant is denied everything, not nothing', () => {
    expect(renderPolicy(prefix, [], 'rest')).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: [`${prefix}/*`] }],
    })
  })

  test("a Resource at the limit fits; one character more is our fault, not the caller's", () => {
    const longest = 'x'.repeat(maxResourceLength - `${prefix}/GET/`.length)
    expect(renderPolicy(prefix, [`GET /${longest}`], 'rest').Statement[0]?.Resource[0]).toHaveLength(512)
    const tooLong = () => renderPolicy(prefix, [`GET /${longest}x`], 'rest')
    expect(tooLong).toThrow('a route is longer than API Gateway takes in a policy')
    expect(tooLong).toThrow(PosternError)
    expect(tooLong).toThrow(
      expect.objectContaining({ reason: 'answer_too_large', facts: { maxResourceLength: 512 } }),
    )
  })
})

describe('a refused request gets a document that refuses it', () => {
  const grants = ['GET /orders', 'GET /orders/{}', 'POST /orders/{}']

  test('the document as it is, where no pattern covers the request', () => {
    const document = renderPolicy(prefix, grants, 'rest')
    expect(refusing(document, arnOf('DELETE', '/orders/1'))).toBe(document)
  })

  test('the document without the patterns that cover it', () => {
    const document = refusing(renderPolicy(prefix, grants, 'rest'), arnOf('GET', '/orders/1/refunds'))
    expect(document.Statement[0]?.Resource).toEqual([`${prefix}/GET/orders`, `${prefix}/POST/orders/?*`])
    expect(evaluate(document, `${prefix}/GET/orders/1/refunds`)).toBe('deny')
    expect(evaluate(document, `${prefix}/GET/orders`)).toBe('allow')
  })

  test('a denial of everything, where nothing is left', () => {
    const document = refusing(renderPolicy(prefix, ['ANY $default'], 'http'), arnOf('GET', '/admin'))
    expect(document).toEqual(denyAll(prefix))
  })

  test('a denial stays one', () => {
    const denial = denyAll(prefix)
    expect(refusing(denial, arnOf('GET', '/x'))).toBe(denial)
  })
})
