import { z } from 'zod'
import { parseInstant } from './instant.ts'
import { readRoute } from './route-text.ts'
import { credentials } from './schema-credentials.ts'
import { conditions } from './schema-matcher.ts'
import { keys, list, listOf, plainName, text } from './shapes.ts'

const route = text(
  'a route, as in GET /orders/{id}, ANY /files/{proxy+}, $default, $connect or Query.orders',
  'route_invalid',
  (value) => {
    const read = readRoute(value)
    return 'wrong' in read ? `is not a route: ${read.wrong}` : undefined
  },
)

/** Two spellings may be one route, so rules-route.ts looks for repeats. */
export const routes = listOf(route, 'a list of routes')

const rule = keys({
  issuer: plainName.meta({ title: 'Issuer', description: 'A name under issuers.' }),
  claims: conditions(
    'Claims',
    'All of these must hold. An array claim holds if one element does.',
  ).optional(),
  not: conditions('Not', 'None of these may hold.').optional(),
  anySubject: z.literal(true, { error: 'true' }).optional().meta({
    title: 'Any subject',
    description: 'Written out to trust every valid token of the issuer; stands in the place of claims.',
  }),
  expiresAt: text(
    "an instant with its time zone, as in '2027-03-31T00:00:00Z' (RFC 3339)",
    'instant_invalid',
    (value) => (parseInstant(value) === undefined ? 'is not an RFC 3339 instant' : undefined),
  )
    .optional()
    .meta({ title: 'Expires at', description: 'From this instant the rule no longer holds (RFC 3339).' }),
})

export const role = keys({
  description: text('text').optional().meta({ title: 'Description', description: 'What the role is for.' }),
  owner: text('an address or a team')
    .optional()
    .meta({ title: 'Owner', description: 'Who answers for the role.' }),
  trust: list(rule, 'a list of rules').optional().meta({
    title: 'Trust',
    description: 'Who has this role. One rule that holds is enough.',
  }),
  routes: routes.optional().meta({
    title: 'Routes',
    description: "What callers of this role may call, in API Gateway's syntax: GET /orders/{id}.",
  }),
  includes: list(plainName, 'a list of roles').optional().meta({
    title: 'Includes',
    description: 'Roles whose routes and credentials come along.',
  }),
  credentials: credentials.optional().meta({
    title: 'Credentials',
    description: 'The AWS role that callers may borrow, and what their sessions in it are like.',
  }),
})
