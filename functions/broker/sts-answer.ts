import type { Call, HttpAnswer } from './call.ts'
import { type Xml, xmlDocument } from './sts-xml.ts'

/** STS's answer to an action, in its shape (facts B2). */
export function stsAnswer(call: Call, action: string, result: Xml): HttpAnswer {
  const requestId = call.record.decisionId
  const body = xmlDocument(`${action}Response`, {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  })
  return { statusCode: 200, headers: headersOf(requestId), body }
}

/** STS's answer to what it refuses. `RequestId` is the decision's id. */
export function stsRefusal(requestId: string, code: string, httpStatus: number, message: string): HttpAnswer {
  const statusCode = stsStatus[code] ?? httpStatus
  const Type = statusCode < 500 ? 'Sender' : 'Receiver'
  const body = xmlDocument('ErrorResponse', {
    Error: { Type, Code: code, Message: message },
    RequestId: requestId,
  })
  return { statusCode, headers: headersOf(requestId), body }
}

/**
 * Where STS's status for a code is not what plain HTTP would say (facts B3). `Throttling` stays a 503 here, since it is
 * a fault of ours; SDKs try it again by its code, whatever the status.
 */
const stsStatus: Readonly<Record<string, number>> = {
  ExpiredTokenException: 400,
  InvalidIdentityToken: 400,
  IDPRejectedClaim: 403,
  IDPCommunicationError: 400,
  InvalidAction: 400,
  MissingAuthenticationToken: 403,
}

function headersOf(requestId: string): Readonly<Record<string, string>> {
  return { 'content-type': 'text/xml', 'cache-control': 'no-store', 'x-amzn-requestid': requestId }
}
