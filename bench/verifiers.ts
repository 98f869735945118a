import { hash, verify } from 'node:crypto'
import { JwtVerifier } from 'aws-jwt-verify'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import type { Issuer } from '../shared/access/access.ts'
import { createVerifier } from '../shared/token/verify.ts'
import { audience, flat, issuer, type Kind, type Lab } from './lab.ts'
import { type Lane, lane } from './race.ts'

/**
 * What the bare check is given: a prepared key, and the token's bytes already taken apart. For ES256 the key needs
 * `dsaEncoding`, as everybody must give it to check a JOSE signature.
 */
export function bareLane(lab: Lab, kind: Kind, tokens: readonly string[]): Lane {
  const { publicKey } = lab.keys[kind]
  const key = kind === 'ES256' ? { key: publicKey, dsaEncoding: 'ieee-p1363' as const } : publicKey
  const digest = kind === 'EdDSA' ? null : 'sha256'
  return lane(
    'crypto.verify',
    (i) => {
      const token = tokens[i] as string
      const dot = token.lastIndexOf('.')
      return {
        input: Buffer.from(token.slice(0, dot)),
        signature: Buffer.from(token.slice(dot + 1), 'base64url'),
      }
    },
    ({ input, signature }) => {
      if (!verify(digest, input, key, signature)) throw new Error('the bare check refused its token')
    },
  )
}

/** Postern's strict verification alone: every check of design section 4, with the memory's hash and no event. */
export function strictLane(issuers: readonly Issuer[], tokens: readonly string[]): Lane {
  const verifier = createVerifier(issuers, {
    nowMs: Date.now,
    fetchJson: async () => Promise.reject(new Error('the keys are pinned')),
  })
  return tokenLane('strict', tokens, (token) =>
    verifier.verify(token, hash('sha256', token, 'base64url'), { nowMs: Date.now() }),
  )
}

/** The libraries, each with its keys prepared and the algorithm, issuer and audience to check, and no cache of tokens. */
export function libraryLanes(lab: Lab, kind: Kind, tokens: readonly string[]): readonly Lane[] {
  const { publicKey } = lab.keys[kind]

  const aws = JwtVerifier.create({ issuer, audience, jwksUri: `${issuer}/jwks` })
  aws.cacheJwks(lab.jwks as unknown as Parameters<typeof aws.cacheJwks>[0])

  const keySet = createLocalJWKSet(lab.jwks as unknown as JSONWebKeySet)
  const options = { issuer, audience, algorithms: [kind] }

  const fast = createFastVerifier({
    key: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    algorithms: [kind],
    allowedIss: issuer,
    allowedAud: audience,
    cache: false,
  })
  const lanes = [
    tokenLane('aws-jwt-verify', tokens, (token) => aws.verifySync(token)),
    tokenLane('jose', tokens, (token) => jwtVerify(token, keySet, options)),
    tokenLane('fast-jwt', tokens, (token) => fast(token)),
  ]
  if (kind === 'EdDSA') return lanes
  const algorithms = [kind]
  return [
    ...lanes,
    tokenLane('jsonwebtoken', tokens, (token) =>
      jsonwebtoken.verify(token, publicKey, { issuer, audience, algorithms }),
    ),
  ]
}

function tokenLane(name: string, tokens: readonly string[], run: (token: string) => unknown): Lane {
  return lane(name, (i) => flat(tokens[i] as string), run)
}
