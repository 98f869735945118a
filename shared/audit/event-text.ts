import { isJsonObject, type JsonObject } from '../json.ts'

/** A client may have a say in it, so only what looks like an id gets into the record. */
export function requestIdOf({ requestContext }: JsonObject): string | undefined {
  if (!isJsonObject(requestContext)) return undefined
  const { requestId } = requestContext
  return typeof requestId === 'string' && requestIdShape.test(requestId) ? requestId : undefined
}

/** The caller's address: payload 2.0 has it under `http`, every other event under `identity`. */
export function sourceIpOf({ requestContext }: JsonObject, member: 'identity' | 'http'): string | undefined {
  const holder = isJsonObject(requestContext) ? requestContext[member] : undefined
  const address = isJsonObject(holder) ? holder.sourceIp : undefined
  return typeof address === 'string' && addressShape.test(address) ? address : undefined
}

const requestIdShape = /^[\w+/=-]{1,64}$/
/** IPv4, and what IPv6 is written with (RFC 5952); the console's test sends a text. */
const addressShape = /^(?:(?:\d{1,3}\.){3}\d{1,3}|(?=.*:.*:)[0-9A-Fa-f:.]{2,45})$/
