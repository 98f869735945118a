import type { Access, Client } from '../../shared/access/access.ts'
import { type Change, change } from './change.ts'

type Signing = Pick<Access, 'tokens' | 'clients'>

/** Who may be given tokens that Postern signs, for whom, by what, and how long they are good. */
export function tokenChanges(before: Signing, after: Signing): readonly Change[] {
  return [
    ...beyond(before, after).map((what) => change('tokens_widened', what('is given'))),
    ...beyond(after, before).map((what) => change('tokens_narrowed', what('is given no longer'))),
    ...issuerMoved(before, after),
  ]
}

/** A sentence by what its verb is to be. */
type Said = (verb: 'is given' | 'is given no longer') => string

/** What the second gives and the first does not. */
function beyond(first: Signing, second: Signing): readonly Said[] {
  const found: Said[] = []
  for (const audience of lacking(first.tokens?.audiences, second.tokens?.audiences))
    found.push((verb) => `whoever has a role ${verb} a token for ${audience}, by exchange`)
  const [least = 0, most = 0] = [first.tokens?.durationSeconds, second.tokens?.durationSeconds]
  if (first.tokens !== undefined && most > least)
    found.push((verb) => `everybody ${verb} tokens of ${most} seconds`)
  for (const client of second.clients ?? []) {
    const other = first.clients?.find(({ name }) => name === client.name)
    for (const audience of lacking(other?.allowedAudiences, client.allowedAudiences))
      found.push((verb) => `the client ${client.name} ${verb} tokens for ${audience}`)
    if (other !== undefined && proofOf(other) !== proofOf(client))
      found.push(
        (verb) =>
          `the client ${client.name} ${verb} tokens by ${client.jwks ? 'these keys' : `the secret ${client.secret?.id}`}`,
      )
    if (other?.secret && client.secret && client.secret.overlapSeconds > other.secret.overlapSeconds)
      found.push(
        (verb) =>
          `the client ${client.name} ${verb} tokens by a secret of before for ${client.secret?.overlapSeconds} seconds`,
      )
  }
  return found
}

function issuerMoved({ tokens: old }: Signing, { tokens: now }: Signing): readonly Change[] {
  if (old === undefined || now === undefined || old.issuer === now.issuer) return []
  const message = `tokens that Postern signs are of ${now.issuer}, and no longer of ${old.issuer}: who takes them has to know`
  return [change('tokens_moved', message)]
}

function proofOf({ jwks, secret }: Client): string {
  return JSON.stringify([jwks?.keys, secret?.id])
}

function lacking(first: readonly string[] = [], second: readonly string[] = []): readonly string[] {
  return second.filter((one) => !first.includes(one))
}
