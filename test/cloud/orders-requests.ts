import type { World } from '../../local/world.ts'

/** A request, the token it comes with, and whether the manifest lets it. */
export type OrdersRequest = {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly token: string | undefined
  /** `in`, or the status of the refusal. */
  readonly verdict: Verdict
}

export type Verdict = 'in' | 401 | 403

const calls = [
  'GET /health',
  'GET /orders',
  'GET /orders/1',
  'POST /orders',
  'PUT /orders/1',
  'GET /customers/ada/orders',
] as const
type Call = (typeof calls)[number]

/** What a caller may do beside GET /health, which needs no token. */
type Caller = {
  readonly name: string
  readonly token: string | undefined
  readonly may: readonly Call[] | 401
}

const reading: readonly Call[] = ['GET /orders', 'GET /orders/1']
const writing: readonly Call[] = [...reading, 'POST /orders', 'PUT /orders/1']

/** Ten callers with six requests each. */
export async function ordersRequests({ issuers }: World): Promise<readonly OrdersRequest[]> {
  const reader = await issuers.sign('staff', { sub: 'ada', 'cognito:groups': ['orders'] })
  const uaa = (scope: readonly string[]) =>
    issuers.sign('uaa', { sub: 'u-1', aud: ['orders', 'openid'], scope })
  const callers: readonly Caller[] = [
    { name: 'a reader of staff', token: reader, may: [...reading, 'GET /customers/ada/orders'] },
    {
      name: 'an admin of staff',
      token: await issuers.sign('staff', { sub: 'eve', 'cognito:groups': ['orders-admins'] }),
      may: writing,
    },
    {
      name: 'a customer without a group',
      token: await issuers.sign('staff', { sub: 'bob' }),
      may: [],
    },
    { name: 'UAA, who may read', token: await uaa(['openid', 'orders.read']), may: reading },
    { name: 'UAA, who may write', token: await uaa(['orders.read', 'orders.write']), may: writing },
    {
      name: 'the nightly client, by Postern',
      token: await issuers.sign('bots', { sub: 'client:nightly', client_id: 'nightly' }),
      may: reading,
    },
    { name: 'nobody', token: undefined, may: 401 },
    { name: 'a forger', token: `${reader.slice(0, -8)}AAAAAAAA`, may: 401 },
    {
      name: 'a token that is over',
      token: await issuers.sign(
        'staff',
        { sub: 'ada', 'cognito:groups': ['orders'] },
        { expiresInSeconds: -1 },
      ),
      may: 401,
    },
    {
      name: 'a token for another service',
      token: await issuers.sign('uaa', { sub: 'u-1', aud: ['billing'], scope: ['orders.read'] }),
      may: 401,
    },
  ]
  return callers.flatMap(({ name, token, may }) =>
    calls.map((call): OrdersRequest => {
      const [method = '', path = ''] = call.split(' ')
      return { name: `${name}: ${call}`, method, path, token, verdict: verdictOf(call, may) }
    }),
  )
}

function verdictOf(call: Call, may: Caller['may']): Verdict {
  if (call === 'GET /health') return 'in'
  if (may === 401) return 401
  return may.includes(call) ? 'in' : 403
}

/** What a service or a gateway says to a request. */
export async function verdictAt(
  url: string,
  { method, path, token }: OrdersRequest,
): Promise<Verdict | number> {
  const hasBody = method === 'POST' || method === 'PUT'
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(hasBody && { 'content-type': 'application/json' }),
    },
    ...(hasBody && { body: '{"item":"compass"}' }),
  })
  await response.arrayBuffer()
  return response.ok ? 'in' : response.status
}
