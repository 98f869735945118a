/** What API Gateway's ARN says of a call (facts A2). `prefix` ends before the method: `arn:…:apiId/stage`. */
export type MethodArn = {
  readonly prefix: string
  readonly apiId: string
  readonly stage: string
  /** Empty for `$connect`. */
  readonly method: string
  /** As the ARN has it, not decoded; `/` for the root. `$connect` of a WebSocket API stands alone. */
  readonly path: string
}

/** AWS answers 414 for an ARN of more bytes, so the authorizer is never asked about one (facts A7). */
export const maxArnBytes = 1600

/**
 * Takes `arn:{partition}:execute-api:{region}:{account}:{apiId}/{stage}/{METHOD}/{path}` apart, or returns
 * `undefined`. Only the first five colons separate: a path may hold more. No wildcard may stand before the stage;
 * the stage may be any text, as the console's test sends `*`, so hold it against `stageName` before using it.
 */
export function parseMethodArn(arn: string): MethodArn | undefined {
  if (Buffer.byteLength(arn) > maxArnBytes) return undefined
  const parts = shape.exec(arn)
  if (!parts) return undefined
  const [, prefix, apiId, stage, method, path] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ]
  return { prefix, apiId, stage, method, path: path || '/' }
}

/** Takes the ARN of a WebSocket API's handshake apart, `arn:…:{apiId}/{stage}/$connect`, as `parseMethodArn` does. */
export function parseConnectArn(arn: string): MethodArn | undefined {
  const method = arn.endsWith('/$connect')
    ? parseMethodArn(`${arn.slice(0, -'$connect'.length)}GET`)
    : undefined
  return method && { ...method, method: '', path: '$connect' }
}

const shape =
  /^(arn:aws[a-z0-9-]*:execute-api:[a-z0-9-]+:[A-Za-z0-9-]+:([A-Za-z0-9_-]+)\/([^/]{1,128}))\/([A-Z]{1,16})(\/.*)?$/s

/** What may stand in a Resource as a stage: its name (facts A7), or `$default`. */
export const stageName = /^(?:\$default|[A-Za-z0-9_-]{1,128})$/
