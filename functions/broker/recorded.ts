import { randomUUID } from 'node:crypto'
import type { MiddlewareObj, Request } from '@middy/core'
import type { AccessRows, App } from '../../shared/access/access.ts'
import { cut, type DecisionRecord, recordLine, startRecord } from '../../shared/audit/record.ts'
import { PosternError } from '../../shared/error.ts'
import type { HeldSecret } from '../../shared/secret/store.ts'
import { settle } from '../../shared/token/settle-keys.ts'
import type { Call, HttpAnswer } from './call.ts'
import { readRequest } from './read-request.ts'
import { refuseAsJson, refuseAsOAuth, refuseAsSts } from './refuse.ts'

/** What monitors ask for, without a token: no decision, so it leaves no record. */
export const healthPath = '/health'

export type RecordDependencies = {
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  /** Takes one decision record, a line of JSON without its newline. */
  readonly emit: (line: string) => void
}

/** By the path that is posted to. */
const refusals: Readonly<Record<string, typeof refuseAsJson>> = Object.assign(Object.create(null), {
  '/': refuseAsSts,
  '/token': refuseAsOAuth,
  '/clients/self/secret': refuseAsOAuth,
})

type Middleware = MiddlewareObj<unknown, HttpAnswer>
type Asked = Request<unknown, HttpAnswer> & { readonly internal: { call?: Call; record?: DecisionRecord } }

/**
 * The middleware around every route: it reads the event, turns whatever is thrown into the refusal of the protocol
 * that was spoken, and writes the one record, which starts as a deny by a fault of ours. What is read again of the
 * `secrets` beside the call is waited for at its end.
 */
export function recorded(
  access: AccessRows,
  { nowMs, emit }: RecordDependencies,
  secrets: readonly Pick<HeldSecret, 'pending'>[],
): Middleware {
  // Whose call it is shows with the role, where the manifest has apps.
  const app = access.appOf === undefined ? (access.apps.at(0) as App).name : '-'

  async function finish({ internal: { call, record } }: Asked): Promise<void> {
    if (record === undefined || (call?.path === healthPath && record.effect === 'allow')) return
    const settling = call && [call.visit.keys, ...secrets].map((one) => settle(one, call.visit, nowMs()))
    if (settling) await Promise.all(settling)
    record.durationMs = nowMs() - record.timeMs
    emit(recordLine(record))
  }

  return {
    before(request) {
      const { internal } = request as Asked
      const timeMs = nowMs()
      internal.record = startRecord(randomUUID(), app, timeMs)
      const call: Call = {
        ...readRequest(request.event),
        record: internal.record,
        visit: { nowMs: timeMs },
      }
      internal.call = call
      describeRequest(call)
      request.event = call
    },
    async after(request) {
      const { record } = (request as Asked).internal
      if (record !== undefined) {
        record.effect = 'allow'
        record.reason = 'granted'
      }
      await finish(request as Asked)
    },
    async onError(request) {
      const { call, record } = (request as Asked).internal
      const known = request.error instanceof PosternError ? request.error : undefined
      const reason = known?.reason ?? 'internal_error'
      const message = known?.message ?? 'a fault in Postern itself; please report it'
      if (record !== undefined) {
        record.effect = 'deny'
        record.reason = reason
        record.message = message
      }
      const refuse = call?.httpMethod === 'POST' ? (refusals[call.path] ?? refuseAsJson) : refuseAsJson
      request.response = refuse(reason, message, record?.decisionId ?? '')
      await finish(request as Asked)
    },
  }
}

function describeRequest({ record, httpMethod, path, requestId, sourceIp, apiId, stage }: Call): void {
  record.api = 'broker'
  record.method = cut(httpMethod)
  record.path = cut(path)
  if (requestId !== undefined) record.requestId = requestId
  if (sourceIp !== undefined) record.sourceIp = sourceIp
  if (apiId !== undefined) record.apiId = apiId
  if (stage !== undefined) record.stage = stage
}
