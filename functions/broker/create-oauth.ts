import type { AccessRows, Client, Tokens } from '../../shared/access/access.ts'
import { createVerifyAssertion } from '../../shared/oauth/assertion.ts'
import type { HeldSecret } from '../../shared/secret/store.ts'
import type { SingleUse } from '../../shared/state/single-use.ts'
import type { KeyDependencies } from '../../shared/token/key-fetch.ts'
import type { HeldSecrets } from './held-secrets.ts'
import type { OAuth } from './oauth.ts'

/** What `/token` is made of; built once. */
export function createOAuth(
  access: AccessRows,
  tokens: Tokens,
  { hold, findSigner }: HeldSecrets,
  dependencies: KeyDependencies & { readonly singleUse?: SingleUse | undefined },
): OAuth {
  const { clients = [] } = access
  const held = new Map<Client, HeldSecret>()
  for (const client of clients) if (client.secret !== undefined) held.set(client, hold(client.secret.id))
  const verifyAssertion = createVerifyAssertion(clients, tokens.issuer, dependencies.singleUse, dependencies)
  return { access, tokens, clients, secretOf: (client) => held.get(client), verifyAssertion, findSigner }
}
