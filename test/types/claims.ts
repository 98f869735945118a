import type { Access } from '../../shared/access/access.ts'
import type { Claims } from '../../shared/access/claims.ts'
import { decide, rolesOf } from '../../shared/access/decide.ts'
import type { Json } from '../../shared/json.ts'
import type { PeekedToken } from '../../shared/token/peek.ts'
import type { Verified } from '../../shared/token/verify.ts'

// Compiled by `npm run typecheck` and never run: each line below the comment must not compile, or tsc reports it.

declare const access: Access
declare const peeked: PeekedToken
declare const verified: Verified
declare const payload: Readonly<Record<string, Json>>
const request = { api: 'rest', method: 'GET', path: '/' } as const

// @ts-expect-error A peeked token proves nothing.
rolesOf(access, 'staff', peeked, 0)
// @ts-expect-error Nor does its payload.
rolesOf(access, 'staff', peeked.unverified, 0)
// @ts-expect-error Nor does a payload that somebody decoded.
rolesOf(access, 'staff', payload, 0)
// @ts-expect-error Nor does an object that looks like one.
rolesOf(access, 'staff', { sub: 'anna' }, 0)
// @ts-expect-error A decision is made about verified claims as well.
decide(access, { issuer: 'staff', claims: peeked.unverified }, request, 0)
// @ts-expect-error A raw object is no claims.
export const raw: Claims = { sub: 'anna' }
// @ts-expect-error What a string parses to is none either.
export const parsed: Claims = { ...payload }
// @ts-expect-error Verified claims stay as they are.
verified.claims.sub = 'mallory'

// The control: what the verifier hands over is taken.
rolesOf(access, verified.issuer.name, verified.claims, 0)
decide(access, { issuer: verified.issuer.name, claims: verified.claims }, request, 0)
