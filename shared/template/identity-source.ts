/** A value of the request that an authorizer needs, and by which its answers are cached (facts A6). */
export type IdentitySource = {
  readonly from: 'header' | 'query' | 'stageVariable' | 'context'
  readonly name: string
}

const froms = {
  header: 'header',
  querystring: 'query',
  stageVariables: 'stageVariable',
  context: 'context',
} as const

const syntax = /^(?:request\.(header|querystring)|(stageVariables|context))\.([^\s,]+)$/

/** Before `request.`; on HTTP APIs a $ stands before every source. */
const prefixes = { rest: 'method.', http: '$', websocket: 'route.' } as const
export type SourceApi = keyof typeof prefixes

/** `method.request.header.X` on REST APIs, `$request.header.X` on HTTP APIs, `route.request.header.X` on WebSocket APIs. */
export function parseIdentitySource(api: SourceApi, text: string): IdentitySource | undefined {
  const prefix = api === 'http' || text.startsWith(prefixes[api]) ? prefixes[api] : ''
  if (!text.startsWith(prefix)) return undefined
  const [, ofRequest, other, name] = syntax.exec(text.slice(prefix.length)) ?? []
  const from = (ofRequest ?? other) as keyof typeof froms | undefined
  if (from === undefined || name === undefined) return undefined
  if (api !== 'http' && (ofRequest !== undefined) !== (prefix !== '')) return undefined
  return { from: froms[from], name }
}

/** As it is written on that type of API. */
export function identitySourceText(api: SourceApi, { from, name }: IdentitySource): string {
  const [key] = Object.entries(froms).find(([, value]) => value === from) ?? ['']
  const ofRequest = from === 'header' || from === 'query' ? 'request.' : ''
  const prefix = api === 'http' || ofRequest !== '' ? prefixes[api] : ''
  return `${prefix}${ofRequest}${key}.${name}`
}
