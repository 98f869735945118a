/** The stand-in's backend: says who called what, as the authorizer's context has it. */
export async function handler(event: Event): Promise<object> {
  const { requestContext } = event
  const context = requestContext.authorizer
  const caller = context?.lambda ?? context ?? null
  const { method, path } = requestContext.http ?? { method: event.httpMethod, path: event.path }
  const body = JSON.stringify({ echo: `${method} ${path}`, caller })
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body }
}

type Caller = Readonly<Record<string, unknown>>
type Event = {
  readonly httpMethod?: string
  readonly path?: string
  readonly requestContext: {
    readonly http?: { readonly method: string; readonly path: string }
    readonly authorizer?: Caller & { readonly lambda?: Caller }
  }
}
