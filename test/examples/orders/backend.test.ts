import { describe, expect, it } from 'vitest'
import { handler } from '../../../examples/orders/backend.ts'

type Sent = { method?: string; path: string; body?: string; authorizer?: object | null; stage?: string }
const caller = { subject: 'ana', roles: 'orders-reader', decisionId: 'd1' }

const rest = ({ method = 'GET', path, body, authorizer = caller }: Sent) => ({
  httpMethod: method,
  path,
  body: body ?? null,
  isBase64Encoded: false,
  requestContext: { ...(authorizer && { authorizer }) },
})
const http = ({ method = 'GET', path, body, authorizer = caller, stage = '$default' }: Sent) => ({
  version: '2.0',
  body,
  isBase64Encoded: false,
  requestContext: {
    stage,
    http: { method, path: stage === '$default' ? path : `/${stage}${path}` },
    ...(authorizer && { authorizer: { lambda: authorizer } }),
  },
})

for (const [form, event] of [
  ['REST API', rest],
  ['HTTP API', http],
] as const) {
  const call = async (sent: Sent) => {
    const { statusCode, body } = await handler(event(sent) as unknown as Parameters<typeof handler>[0])
    return { status: statusCode, ...JSON.parse(body) }
  }

  describe(`the orders example on a ${form}`, () => {
    it('answers /health to anybody', async () => {
      expect(await call({ path: '/health', authorizer: null })).toEqual({ status: 'ok' })
    })
    it('refuses every other request that no authorizer let through', async () => {
      for (const path of ['/orders', '/orders/1', '/admin', '/exports/a', '/health/', '/nothing'])
        for (const authorizer of [null, {}, { subject: '' }, { principalId: 'bot' }])
          expect((await call({ path, authorizer })).status, path).toBe(401)
    })
    it('says who calls, from the authorizer alone', async () => {
      const body = JSON.stringify({ item: 'tent', caller: { subject: 'root' } })
      const made = await call({ method: 'POST', path: '/orders', body })
      expect(made).toMatchObject({ status: 201, order: { item: 'tent' }, caller })
      expect(await call({ path: `/orders/${made.order.id}` })).toMatchObject({
        status: 200,
        order: made.order,
      })
    })
    it('lists, replaces, deletes, and gives no id twice', async () => {
      const post = () => call({ method: 'POST', path: '/orders', body: '{"item":"a"}' })
      const { order } = await post()
      expect(await call({ method: 'PUT', path: `/orders/${order.id}`, body: '{"item":"b"}' })).toMatchObject({
        order: { id: order.id, item: 'b' },
      })
      expect((await call({ path: '/orders' })).orders).toContainEqual({ id: order.id, item: 'b' })
      expect((await call({ method: 'DELETE', path: `/orders/${order.id}` })).status).toBe(200)
      expect((await call({ path: `/orders/${order.id}` })).status).toBe(404)
      expect((await post()).order.id).not.toBe(order.id)
    })
    it('refuses a body that is no order', async () => {
      for (const body of ['', '[]', 'null', '{"item":1}', '{"item":""}', '{'])
        expect((await call({ method: 'POST', path: '/orders', body })).status, body).toBe(400)
    })
    it('has refunds, exports and an admin page to protect', async () => {
      expect(await call({ path: '/orders/1/refunds' })).toMatchObject({ status: 200, refunds: [] })
      expect(await call({ path: '/exports/2026/11' })).toMatchObject({ status: 200, export: '2026/11' })
      expect(await call({ path: '/admin' })).toMatchObject({ status: 200, admin: true })
      expect((await call({ path: '/elsewhere' })).status).toBe(404)
    })
  })
}

describe('the orders example on a named stage of an HTTP API', () => {
  it('finds the path behind the stage', async () => {
    const event = http({ path: '/orders/1', stage: 'dev' }) as unknown as Parameters<typeof handler>[0]
    expect((await handler(event)).statusCode).toBe(200)
  })
})
