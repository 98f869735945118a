import { randomUUID } from 'node:crypto'
import type { Issuer } from '../../shared/access/access.ts'
import { type Signer, signJwt } from '../../shared/oauth/sign.ts'
import { type IssuerSettings, type LocalIssuer, lifetime } from './issuer.ts'

/** Where Postern's own keys are, once it runs. */
export type PosternKeys = {
  /** Of the function that shows them: what follows it is the path. */
  readonly url: string
  readonly signer: () => Signer
  /** Every role of the manifest: a sample caller is let to have what its rule gives. */
  readonly scope: string
}

/** Postern itself: its keys are those that its own function shows, and sample callers are signed by them. */
export function createPosternIssuer(
  { issuer, nowMs }: IssuerSettings,
  keys: () => PosternKeys | undefined,
): LocalIssuer {
  const running = () => {
    const found = keys()
    if (found === undefined) throw new Error('Postern signs nothing before its broker runs')
    return found
  }
  return {
    async sign(claims, options) {
      const { signer, scope } = running()
      const usual = usualClaims(issuer, scope, lifetime(nowMs(), options, 900))
      const whole = options.raw ? claims : { ...usual, ...claims }
      const told = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))
      return signJwt(signer(), 'at+jwt', told as Parameters<typeof signJwt>[2])
    },
    async rotate() {
      throw new Error('the signing keys are rotated by Secrets Manager')
    },
    answer(path, _, response) {
      fetch(`${running().url}${path}`)
        .then(async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers))
          response.end(await answer.text())
        })
        .catch(() => response.writeHead(502).end())
    },
  }
}

function usualClaims(issuer: Issuer, scope: string, times: { iat: number; exp: number }) {
  const { iss, audience } = issuer
  return {
    iss,
    sub: 'client:sample',
    client_id: 'sample',
    aud: audience?.[0] ?? '',
    scope,
    jti: randomUUID(),
    ...times,
  }
}
