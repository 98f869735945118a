import { describe } from 'vitest'
import { describeAliases } from './contract/aliases.ts'
import { describeBackends } from './contract/backends.ts'
import { describeCaching } from './contract/caching.ts'
import { describeEvents } from './contract/events.ts'
import { describeGatewayResponses } from './contract/gateway-responses.ts'
import { describeHandshakes } from './contract/handshakes.ts'
import { describeMessages } from './contract/messages.ts'
import { describePayload1 } from './contract/payload-1.ts'
import { describePolicies } from './contract/policies.ts'
import { describeRouting } from './contract/routing.ts'
import { describeStatuses } from './contract/statuses.ts'
import { createSuite } from './contract/suite.ts'
import { startLocalGateway } from './local-stand.ts'

/** facts A1 to A9 as far as they concern REST, HTTP and WebSocket APIs. */
describe('the local gateway', () => {
  const suite = createSuite(startLocalGateway)
  describeEvents(suite)
  describeBackends(suite)
  describeStatuses(suite)
  describeGatewayResponses(suite)
  describeCaching(suite)
  describePolicies(suite)
  describeRouting(suite)
  describePayload1(suite)
  describeAliases(suite)
  describeHandshakes(suite)
  describeMessages(suite)
})
