import { corpusFile } from './corpus.ts'

/** One request and its answer, as an SDK's own tests recorded them. */
export type Exchange = {
  readonly method: string
  readonly uri: string
  readonly headers: Headers
  readonly body: string
  readonly status: number
  readonly answerHeaders: Headers
  readonly answer: string
}
type Headers = Readonly<Record<string, string>>

type Recording = { readonly events: readonly { readonly connection_id: number; readonly action: Action }[] }
type Action = {
  readonly Request?: {
    readonly request: { readonly uri: string; readonly method: string; readonly headers: Listed }
  }
  readonly Response?: {
    readonly response: { readonly Ok: { readonly status: number; readonly headers: Listed } }
  }
  readonly Data?: { readonly data: { readonly Utf8: string }; readonly direction: 'Request' | 'Response' }
}
type Listed = Readonly<Record<string, readonly string[]>>

/** The exchanges of a recording of smithy-rs, in their order; `undefined` where the corpora are absent. */
export function recordedExchanges(file: string): readonly Exchange[] | undefined {
  const recording = corpusFile<Recording>(file)
  if (recording === undefined) return undefined
  const byConnection = Map.groupBy(recording.events, ({ connection_id }) => connection_id)
  return [...byConnection.values()].map((events) => exchangeOf(events.map(({ action }) => action)))
}

function exchangeOf(actions: readonly Action[]): Exchange {
  const request = actions.find(({ Request }) => Request)?.Request?.request
  const response = actions.find(({ Response }) => Response)?.Response?.response.Ok
  if (request === undefined || response === undefined)
    throw new Error('a connection without a request or an answer')
  const data = (direction: 'Request' | 'Response') =>
    actions.map(({ Data }) => (Data?.direction === direction ? Data.data.Utf8 : '')).join('')
  return {
    ...request,
    headers: joined(request.headers),
    body: data('Request'),
    status: response.status,
    answerHeaders: joined(response.headers),
    answer: data('Response'),
  }
}

function joined(headers: Listed): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(',')]))
}
