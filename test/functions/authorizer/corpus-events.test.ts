import { describe, expect, test } from 'vitest'
import type { App } from '../../../shared/access/access.ts'
import { isJsonObject, type JsonObject } from '../../../shared/json.ts'
import { reasons } from '../../../shared/reason.ts'
import { accessOf, withApp } from '../../support/access.ts'
import { expectNoToken, expectShape, lets } from '../../support/answers.ts'
import { withKeys, withResponse } from '../../support/attacks.ts'
import { standOf } from '../../support/calls.ts'
import { corpusFolder } from '../../support/corpus.ts'
import { setOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter } from '../../support/token.ts'

const iss = 'https://id.partner.example'
const key = makeKey('P-256', 'k1')
const token = minter(key, 'ES256', baseClaims(iss))()
const forged = minter(makeKey('P-256', 'k1'), 'ES256', baseClaims(iss))()
const manifest = {
  version: 1,
  issuers: { partner: { type: 'oidc', issuer: iss, audience: ['orders'] } },
  roles: {
    caller: {
      description: 'Call what the events ask for',
      owner: 'team-orders@example.com',
      trust: [{ issuer: 'partner', anySubject: true }],
      routes: ['GET /', 'GET /request', 'Query.events'],
    },
  },
}
const access = withApp(
  withKeys(accessOf(manifest), () => ({ jwks: setOf(key) as never })),
  { fields: ['Query.events', 'Mutation.createEvent'] },
)

const events = ['aws-lambda-go-events', 'powertools-python-events'].flatMap((folder) =>
  corpusFolder<JsonObject>(folder).map(([name, event]) => ({ name: `${folder}/${name}`, event })),
)
/** By hand, from what the documents are of: an AppSync event has a GraphQL operation's variables. */
function kindOf(event: JsonObject): 'TOKEN' | 'REQUEST' | 'AppSync' | 'other' {
  if (event.type === 'TOKEN' || event.type === 'REQUEST') return event.type
  return isJsonObject(event.requestContext) && 'variables' in event.requestContext ? 'AppSync' : 'other'
}

/** The event with a real token at the place where API Gateway would have put it, and nothing else changed. */
function swapped(event: JsonObject, value: string): JsonObject {
  if (event.type === 'TOKEN' || kindOf(event) === 'AppSync') return { ...event, authorizationToken: value }
  const put = (map: unknown, one: string | string[], name: string) => {
    const others = Object.entries(isJsonObject(map) ? map : {}).filter(
      ([key]) => key.toLowerCase() !== 'authorization',
    )
    return { ...Object.fromEntries(others), [name]: one }
  }
  if (event.version === '2.0')
    return { ...event, headers: put(event.headers, value, 'authorization'), identitySource: [value] }
  return {
    ...event,
    headers: put(event.headers, value, 'Authorization'),
    multiValueHeaders: put(event.multiValueHeaders, [value], 'Authorization'),
  }
}

const authorizerEvents = events.filter(({ event }) => kindOf(event) !== 'other')
const otherEvents = events.filter(({ event }) => kindOf(event) === 'other')

describe.skipIf(events.length === 0)('events that AWS documents', () => {
  test('the corpora hold some of every kind', () => {
    expect(authorizerEvents.map(({ event }) => `${kindOf(event)} ${event.version ?? '-'}`).sort()).toEqual([
      'AppSync -',
      'AppSync -',
      'REQUEST -',
      'REQUEST 1.0',
      'REQUEST 1.0',
      'REQUEST 2.0',
      'REQUEST 2.0',
      'TOKEN -',
      'TOKEN -',
    ])
    expect(otherEvents.length).toBe(36)
  })

  test.each(authorizerEvents)(
    '$name with a real token: the right answer, in the right shape',
    async ({ event }) => {
      const responses: App['response'][] = event.version === '2.0' ? ['policy', 'simple'] : ['policy']
      for (const response of responses) {
        const outcome = await standOf(withResponse(access, response)).call(swapped(event, `Bearer ${token}`))
        expectShape({ response: kindOf(event) === 'AppSync' ? 'fields' : response }, outcome.answer)
        expectNoToken(outcome, token)
        if (kindOf(event) === 'AppSync') {
          expect(outcome.record).toMatchObject({ effect: 'allow', api: 'appsync', subject: 'bot-1' })
          expect(outcome.answer).toMatchObject({ isAuthorized: true, deniedFields: ['Mutation.createEvent'] })
          continue
        }
        // The two TOKEN events are the console's, with a wildcard for the stage: nothing is granted there.
        const granted = event.type !== 'TOKEN'
        expect(outcome.record).toMatchObject(
          granted
            ? {
                effect: 'allow',
                reason: 'granted',
                path: '/request',
                method: 'GET',
                stage: 'test',
                subject: 'bot-1',
              }
            : { effect: 'deny', reason: 'stage_unknown', path: '/', stage: '*' },
        )
        expect(lets(outcome, String(event.methodArn ?? event.routeArn))).toBe(granted)
      }
    },
  )

  test.each(authorizerEvents)('$name with a forged token: refused', async ({ event }) => {
    const outcome = await standOf(access).call(swapped(event, `Bearer ${forged}`))
    expect(outcome.record).toMatchObject({ effect: 'deny', reason: 'signature_invalid' })
    const api = kindOf(event) === 'AppSync' ? 'appsync' : event.version === undefined ? 'rest' : 'http'
    if (api === 'appsync') expectShape({ response: 'fields' }, outcome.answer)
    else if (api === 'http') expectShape({ response: 'policy' }, outcome.answer)
    else expect(outcome.thrown?.message).toBe('Unauthorized')
    expect(lets(outcome, String(event.methodArn ?? event.routeArn))).toBe(false)
  })

  test.each(authorizerEvents)('$name as it is: refused for its token', async ({ event }) => {
    const outcome = await standOf(access).call(event)
    // Two of them carry a text that is no token, `incoming-client-token` and `value`.
    expect(outcome.record).toMatchObject({
      effect: 'deny',
      reason: expect.stringMatching(/^token_(missing|malformed)$/),
    })
  })

  test.each(otherEvents)('$name: a clean refusal, with a token or without', async ({ event }) => {
    for (const given of [event, { ...event, authorizationToken: token, headers: { authorization: token } }]) {
      const outcome = await standOf(access).call(given)
      expect(outcome.record).toMatchObject({ effect: 'deny', reason: 'event_unknown' })
      expect(outcome.thrown).toBeInstanceOf(Error)
      expect(Object.keys(reasons)).toContain(outcome.thrown?.message)
      expectNoToken(outcome, token)
    }
  })
})
