import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maxFlightMs } from '../../../shared/flight.ts'
import type { JsonObject } from '../../../shared/json.ts'
import { attackAccess, partnerUrl, withKeys } from '../../support/attacks.ts'
import { restToken } from '../../support/events.ts'
import { setOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter } from '../../support/token.ts'

const first = makeKey('P-256', 'first')
const second = makeKey('P-256', 'second')
const nowSeconds = Math.floor(Date.now() / 1000)
const claims = { ...baseClaims(partnerUrl), iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + 600 }

const requests: ServerResponse[] = []
const server = createServer((_, response) => void requests.push(response))
let worker: Worker
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  const { issuers, ...rest } = withKeys(attackAccess({}), () => ({ jwksUri }))
  const access = { ...rest, issuers: issuers.map((issuer) => ({ ...issuer, maxKeyAgeSeconds: 1 })) }
  worker = new Worker(new URL('./frozen-worker.ts', import.meta.url), { workerData: { access } })
})
afterAll(async () => {
  await worker.terminate()
  server.closeAllConnections()
  server.close()
})

/** One invocation; the worker freezes as soon as it has answered. */
async function invoke(
  token: string,
  freezeMs: number,
): Promise<{ record: Record<string, unknown>; tookMs: number }> {
  worker.postMessage({ event: restToken.event(`Bearer ${token}`), freezeMs })
  const [message] = await once(worker, 'message')
  return message
}

async function request(at: number): Promise<ServerResponse> {
  while (requests.length <= at) await wait(5)
  return requests[at] as ServerResponse
}
const answer = (response: ServerResponse, document: JsonObject) => response.end(JSON.stringify(document))

test('a fetch that thaws with its worker is discarded, and holds nobody up', async () => {
  const byFirst = minter(first, 'ES256', claims)()
  const bySecond = minter(second, 'ES256', claims)()

  const cold = invoke(byFirst, 1100)
  answer(await request(0), setOf(first))
  expect((await cold).record).toMatchObject({ effect: 'allow' })

  // The keys are a second old: a refresh begins, is waited for 300 ms, and freezes with the worker.
  const due = invoke(byFirst, maxFlightMs + 500)
  const frozen = await request(1)
  const { record, tookMs } = await due
  expect(record).toMatchObject({ effect: 'allow', keyAgeSeconds: 1 })
  expect(tookMs).toBeGreaterThan(280)
  expect(tookMs).toBeLessThan(1400)
  // The issuer answers a worker that does not listen, and rotates its keys.
  answer(frozen, setOf(first))
  await wait(maxFlightMs + 500)

  const thawed = invoke(bySecond, 0)
  answer(await request(2), setOf(second))
  expect((await thawed).record).toMatchObject({ effect: 'allow' })
  // What thawed has had its turn by now, and did not bring the old key back; nor is another fetch due so soon.
  expect((await invoke(byFirst, 0)).record).toMatchObject({ effect: 'deny', reason: 'keys_stale' })
  expect((await invoke(bySecond, 0)).record).toMatchObject({ effect: 'allow' })
  expect(requests).toHaveLength(3)
})
