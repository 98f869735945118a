import { PosternError } from '../error.ts'

/** How a client says who it is (RFC 6749 section 2.3.1, RFC 7523 section 2.2). Nothing of it is proved. */
export type ClientProof =
  | { readonly method: 'secret'; readonly client: string; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly client: string | undefined; readonly assertion: string }

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * The one proof of a request; `undefined` where it has none. Throws `client_ambiguous` for several ways or two clients,
 * and `client_invalid` for a header that is no Basic credentials.
 */
export function clientProof(
  authorization: readonly string[],
  parameters: Readonly<Record<string, string | undefined>>,
): ClientProof | undefined {
  const { client_id, client_secret, client_assertion, client_assertion_type } = parameters
  const [header, another] = authorization
  const ways = [header, client_secret, client_assertion ?? client_assertion_type]
  if (another !== undefined || ways.filter((way) => way !== undefined).length > 1)
    throw new PosternError('client_ambiguous', 'the client authenticates in more than one way')
  const proof = proofOf(header, parameters)
  if (proof?.client !== undefined && client_id !== undefined && client_id !== proof.client)
    throw new PosternError('client_ambiguous', 'the request names two clients')
  if (proof === undefined && client_id !== undefined)
    throw new PosternError('client_missing', 'the client names itself, and proves nothing')
  return proof
}

function proofOf(
  header: string | undefined,
  {
    client_id,
    client_secret,
    client_assertion,
    client_assertion_type,
  }: Readonly<Record<string, string | undefined>>,
): ClientProof | undefined {
  if (header !== undefined) return { method: 'secret', ...basic(header) }
  if (client_secret !== undefined) {
    if (client_id === undefined)
      throw new PosternError('client_missing', '"client_secret" comes with "client_id"')
    return { method: 'secret', client: client_id, secret: client_secret }
  }
  if (client_assertion === undefined && client_assertion_type === undefined) return undefined
  if (client_assertion_type !== assertionType || client_assertion === undefined)
    throw new PosternError('client_invalid', `"client_assertion" comes with the type ${assertionType}`)
  return { method: 'private_key_jwt', client: client_id, assertion: client_assertion }
}

/** RFC 7617, with both parts form-encoded (RFC 6749 section 2.3.1). */
function basic(header: string): { readonly client: string; readonly secret: string } {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1]
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon > 0)
    return { client: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) }
  throw new PosternError('client_invalid', 'the header Authorization holds no Basic credentials')
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new PosternError('client_invalid', 'the Basic credentials are not form-encoded')
  }
}
