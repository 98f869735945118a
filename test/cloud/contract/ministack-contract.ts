import { afterAll, beforeAll, describe } from 'vitest'
import { describeAliases } from '../../local/gateway/contract/aliases.ts'
import { describeBackends } from '../../local/gateway/contract/backends.ts'
import { describeCaching } from '../../local/gateway/contract/caching.ts'
import { describeEvents } from '../../local/gateway/contract/events.ts'
import { describeGatewayResponses } from '../../local/gateway/contract/gateway-responses.ts'
import { describePayload1 } from '../../local/gateway/contract/payload-1.ts'
import { describePolicies } from '../../local/gateway/contract/policies.ts'
import { describeRouting } from '../../local/gateway/contract/routing.ts'
import { describeStatuses } from '../../local/gateway/contract/statuses.ts'
import { createSuite } from '../../local/gateway/contract/suite.ts'
import { closeMiniStack, openMiniStack, startInMiniStack } from './stand.ts'

// The local gateway's contract, held against MiniStack by test/cloud/contract.test.ts, which knows where the two differ.
// WebSocket APIs are left out: MiniStack asks no authorizer of theirs.

beforeAll(openMiniStack)
afterAll(closeMiniStack)

describe('MiniStack', () => {
  const suite = createSuite(startInMiniStack)
  describeEvents(suite)
  describeBackends(suite)
  describeStatuses(suite)
  describeGatewayResponses(suite)
  describeCaching(suite)
  describePolicies(suite)
  describeRouting(suite)
  describePayload1(suite)
  describeAliases(suite)
})
