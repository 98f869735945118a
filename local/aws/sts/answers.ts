import type { HttpAnswer } from '../http.ts'
import type { Refused } from '../refused.ts'
import { type XmlElements, xmlRoot } from '../xml.ts'

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** An action's result in STS's envelope (facts B2). */
export function resultAnswer(action: string, result: XmlElements, requestId: string): HttpAnswer {
  const content = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } }
  return xmlAnswer(200, xmlRoot(`${action}Response`, namespace, content), requestId)
}

export function errorAnswer({ status, code, message }: Refused, requestId: string): HttpAnswer {
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message }
  const content = { Error: error, RequestId: requestId }
  return xmlAnswer(status, xmlRoot('ErrorResponse', namespace, content), requestId)
}

/** What some clients ask for by `Accept: application/json`. */
export function jsonAnswer(action: string, result: XmlElements, requestId: string): HttpAnswer {
  const content = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } }
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': requestId }
  return { status: 200, headers, body: JSON.stringify({ [`${action}Response`]: content }) }
}

function xmlAnswer(status: number, body: string, requestId: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body }
}
