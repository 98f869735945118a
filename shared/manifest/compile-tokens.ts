import type { Access, Client, OtherSecret } from '../access/access.ts'
import type { LoadedManifest } from './load.ts'
import type { ClientText, SecretText } from './schema-tokens.ts'

/** What Postern signs, for whom, and which secrets it rotates. Absent keys stay absent. */
export function compileTokens({
  manifest: { tokens, clients, secrets },
  clientKeys,
}: Pick<LoadedManifest, 'manifest' | 'clientKeys'>): Pick<Access, 'tokens' | 'clients' | 'secrets'> {
  return {
    ...(tokens && { tokens: { ...tokens, audiences: tokens.audiences ?? [] } }),
    ...(clients && {
      clients: Object.entries(clients).map(([name, text]) => compileClient(name, text, clientKeys.get(name))),
    }),
    ...(secrets && { secrets: Object.entries(secrets).map(([name, text]) => compileSecret(name, text)) }),
  }
}

function compileClient(
  name: string,
  { allowedAudiences, secret, overlapSeconds, rotateDays }: ClientText,
  jwks: Client['jwks'],
): Client {
  const base = { name, allowedAudiences }
  if (secret !== undefined) return { ...base, secret: { id: secret, overlapSeconds, rotateDays } }
  return jwks === undefined ? base : { ...base, jwks: { keys: jwks.keys } }
}

function compileSecret(name: string, { secret, ...text }: SecretText): OtherSecret {
  return { name, id: secret, ...text }
}
