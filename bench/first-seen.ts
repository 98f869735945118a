import { createLab, eventOf, type Kind, kinds, type Lab } from './lab.ts'
import { accessOf, bundleOf, firstRepositoryId, handlerOf } from './manifest.ts'
import { lane, race } from './race.ts'
import { type Row, ratioRow, type Section, type Size, us } from './row.ts'
import { bareLane, libraryLanes, strictLane } from './verifiers.ts'

const limits: Readonly<Record<Kind, number>> = { RS256: 1.3, ES256: 1.15, EdDSA: 1.15 }
const batch = 10
const rounds: Readonly<Record<Size, number>> = { quick: 150, full: 500 }

const names: Readonly<Record<string, string>> = {
  'crypto.verify': 'bare crypto.verify: prepared key, token already split',
  mixed: 'the bare check, then a decision on a token already known',
  strict: 'Postern, strict verification alone',
  whole: 'Postern, whole decision: event in, document out, record on stdout',
  'aws-jwt-verify': 'aws-jwt-verify, verifySync',
  jose: 'jose, jwtVerify',
  'fast-jwt': 'fast-jwt, its cache off',
  jsonwebtoken: 'jsonwebtoken, verify',
}

/** A token nobody has seen: the bundle's handler beside the bare check and the libraries, each on the same tokens. */
export async function firstSeen(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const rows: Row[] = []
  for (const kind of kinds) rows.push(...(await rowsOf(lab, kind, size, folder)))
  return {
    title: 'A first-seen token',
    note:
      `Same tokens for all (${lab.token('RS256', firstRepositoryId).length} characters with RS256, 13 claims), keys prepared, ` +
      `${rounds[size]} interleaved rounds of ${batch}. The libraries check signature, times, issuer and audience; nothing is routed or decided. ` +
      'ES256 keys of the bare check carry dsaEncoding, as JOSE signatures need; Postern and jsonwebtoken convert the signature instead.',
    rows,
  }
}

async function rowsOf(lab: Lab, kind: Kind, size: Size, folder: string): Promise<readonly Row[]> {
  const tokens = Array.from({ length: rounds[size] * batch }, () => lab.token(kind, firstRepositoryId))
  const handler = await handlerOf(await bundleOf(lab, 10, `${folder}/${kind}`))
  const { issuers } = accessOf(lab, 10, folder)
  const bare = bareLane(lab, kind, tokens)
  const known = tokens[0] as string
  const lanes = [
    bare,
    // More than the sum of its parts: either half, run in a loop of its own, has the processor's caches to itself.
    lane(
      'mixed',
      (i) => ({ parts: bare.prepare(i), event: eventOf(known) }),
      ({ parts, event }) => {
        bare.run(parts)
        return handler(event)
      },
    ),
    lane('whole', (i) => eventOf(tokens[i] as string), handler),
    strictLane(issuers, tokens),
    ...libraryLanes(lab, kind, tokens),
  ]
  const results = await race(lanes, { rounds: rounds[size], batch })
  return [...results].map(([name, { medianUs, ratio }]) =>
    ratioRow(
      `${kind}: ${names[name]}`,
      us(medianUs),
      ratio,
      'bare',
      name === 'whole' ? limits[kind] : undefined,
    ),
  )
}
