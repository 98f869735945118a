import type { HttpAnswer } from '../http.ts'
import type { Refused } from '../refused.ts'
import { xml } from '../xml.ts'

/** An error in S3's shape, which has no envelope. */
export function errorAnswer({ status, code, message }: Refused, requestId: string): HttpAnswer {
  const error = { Code: code, Message: message, RequestId: requestId, HostId: requestId }
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${xml({ Error: error })}`
  return { status, headers: { 'content-type': 'application/xml' }, body }
}
