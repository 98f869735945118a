import { hash, randomUUID } from 'node:crypto'
import { authenticate } from '../authenticate.ts'
import type { HttpAnswer, HttpRequest, Outcome } from '../http.ts'
import type { Principal, Surroundings } from '../principal.ts'
import { Refused } from '../refused.ts'
import { type Signature, sha256 } from '../sigv4.ts'
import type { Input } from './input.ts'
import { outcomeOfMode, type SecretsMode } from './modes.ts'
import { createRotations, type Invoke } from './rotations.ts'
import { answerOperation, type Store, secretOf } from './service.ts'
import { createSecret, refused, type Secret } from './versions.ts'

/** One request that Secrets Manager was sent, without what it was to keep. */
export type SecretSeen = {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly answered: boolean
  readonly code: string | undefined
  readonly principalArn: string | undefined
}

export type SecretsOptions = {
  readonly account: string
  readonly region: string
  readonly partition?: string
  readonly nowMs: () => number
  /** By which signatures are judged, where callers sign by another clock (`nowMs`). */
  readonly signaturesNowMs?: () => number
  readonly principals: ReadonlyMap<string, Principal>
  readonly invoke?: Invoke | undefined
}

export type Secrets = {
  readonly requests: readonly SecretSeen[]
  setMode(mode: SecretsMode, options?: { readonly times?: number }): void
  /** As CloudFormation would make it; returns its ARN. */
  create(name: string, text: string | undefined, options?: { readonly rotationLambdaArn?: string }): string
  /** As it is kept, for assertions. */
  find(secretId: string): Secret
  /** RotateSecret as its operator; ends with the steps, and rejects with what a step or the service said. */
  rotate(secretId: string, token?: string): Promise<void>
  /** Secrets Manager's own retry of a rotation that failed. */
  retry(secretId: string): Promise<void>
  /** Waits for rotations that were asked for by requests. */
  settled(): Promise<void>
  answer(
    request: HttpRequest,
    signature: Signature | undefined | 'malformed',
    surroundings: Surroundings,
  ): Outcome
}

/** Secrets Manager with its versions, stages and rotations. */
export function createSecrets(options: SecretsOptions): Secrets {
  const { account, region, partition = 'aws', nowMs, principals } = options
  const secrets = new Map<string, Secret>()
  const requests: SecretSeen[] = []
  const running = new Set<Promise<unknown>>()
  let setting = { mode: 'up' as SecretsMode, times: Number.POSITIVE_INFINITY }
  const arnOf = (name: string) =>
    name.startsWith('arn:')
      ? name
      : `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-${suffix(name)}`

  const rotations = createRotations(options.invoke, nowMs)
  const store: Store = {
    secrets,
    arnOf,
    rotate(secret: Secret, input: Input): string {
      const { token, work } = rotations.begin(secret, input)
      const flight = work().catch(() => undefined)
      running.add(flight)
      void flight.then(() => running.delete(flight))
      return token
    },
  }

  function find(id: string): Secret {
    const secret = secretOf(store, id)
    if (secret === undefined) throw new Error(`there is no secret "${id}"`)
    return secret
  }

  return {
    requests,
    setMode(mode, { times = Number.POSITIVE_INFINITY } = {}) {
      setting = { mode, times }
    },
    create(name, text, { rotationLambdaArn } = {}) {
      const secret = createSecret(arnOf(name), name, text, nowMs())
      secret.rotationLambdaArn = rotationLambdaArn
      secret.rotationEnabled = rotationLambdaArn !== undefined
      secrets.set(secret.arn, secret)
      return secret.arn
    },
    find,
    rotate: async (id, token) =>
      rotations.begin(find(id), token === undefined ? {} : { ClientRequestToken: token }).work(),
    retry: async (id) => rotations.retry(find(id)),
    async settled() {
      await Promise.all(running)
    },
    answer(request, signature, surroundings) {
      const mode = setting.times > 0 ? setting.mode : 'up'
      setting.times--
      const { outcome, ...seen } = answerIn(mode, {
        store,
        principals,
        request,
        signature,
        surroundings,
        signedNowMs: options.signaturesNowMs?.() ?? surroundings.nowMs,
      })
      requests.push(seen)
      return outcome
    },
  }
}

type Asked = {
  readonly store: Store
  readonly principals: ReadonlyMap<string, Principal>
  readonly request: HttpRequest
  readonly signature: Signature | undefined | 'malformed'
  readonly surroundings: Surroundings
  readonly signedNowMs: number
}

function answerIn(mode: SecretsMode, asked: Asked): SecretSeen & { readonly outcome: Outcome } {
  const { store, principals, request, signature, surroundings } = asked
  const operation = request.headers.get('x-amz-target')?.replace('secretsmanager.', '') ?? ''
  const body = request.body.toString()
  const seen = {
    operation,
    input: seenInput(body),
    answered: false,
    code: undefined,
    principalArn: undefined,
  }
  const whatever = outcomeOfMode(mode)
  if (whatever !== undefined && !(whatever instanceof Refused)) return { ...seen, outcome: whatever }
  let principalArn: string | undefined
  try {
    if (whatever !== undefined) throw whatever
    const caller = callerOf(principals, request, signature, asked.signedNowMs)
    principalArn = caller.arn
    const answer = answerOperation(store, operation, body, caller, surroundings)
    return { ...seen, answered: true, principalArn, outcome: json(200, answer) }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { status, code, message } = error
    return { ...seen, code, principalArn, outcome: json(status, { __type: code, Message: message, message }) }
  }
}

/** Six characters, the same for a name over restarts. */
function suffix(name: string): string {
  return hash('sha256', name, 'hex').slice(0, 6)
}

function seenInput(body: string): Readonly<Record<string, unknown>> {
  try {
    const { SecretString, ...rest } = JSON.parse(body)
    return SecretString === undefined ? rest : { ...rest, SecretString: '…' }
  } catch {
    return {}
  }
}

function callerOf(
  principals: ReadonlyMap<string, Principal>,
  request: HttpRequest,
  signature: Signature | undefined | 'malformed',
  nowMs: number,
): Principal {
  if (signature === undefined)
    throw refused('MissingAuthenticationTokenException', 'Missing Authentication Token')
  if (signature === 'malformed') throw refused('IncompleteSignatureException', 'The signature is not whole.')
  const found = authenticate(principals, {
    request,
    signature,
    payload: sha256(request.body),
    nowMs,
    honoursExpires: false,
  })
  if (!('problem' in found)) return found
  if (found.problem === 'expired_token')
    throw refused('ExpiredTokenException', 'The security token included in the request is expired')
  if (['past', 'ahead', 'overdue', 'wrong_signature', 'unsigned_headers'].includes(found.problem))
    throw refused(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    )
  throw refused('UnrecognizedClientException', 'The security token included in the request is invalid.')
}

function json(status: number, body: object): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(body),
  }
}
