import { devNull } from 'node:os'
import { githubVariables } from '../broker/github-token.ts'

/** What an AWS SDK could take for credentials of its own, or add to those it is given; and what leads to a token. */
const taken: ReadonlySet<string> = new Set(
  [
    ...['ACCESS_KEY_ID', 'ACCESS_KEY', 'SECRET_ACCESS_KEY', 'SECRET_KEY', 'SESSION_TOKEN', 'SECURITY_TOKEN'],
    ...['CREDENTIAL_EXPIRATION', 'CREDENTIAL_SCOPE', 'ACCOUNT_ID'],
    // SDKs skip keys in the environment where a profile is named.
    ...['PROFILE', 'DEFAULT_PROFILE'],
    ...['WEB_IDENTITY_TOKEN_FILE', 'ROLE_ARN', 'ROLE_SESSION_NAME'],
  ].map((name) => `AWS_${name}`),
)
const takenFamilies = /^AWS_(CONTAINER|BEARER_TOKEN)_/

/** The environment of a command: the one given, without what is taken out, and with what is added. */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  tokenVariables: readonly string[],
  added: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const secret = new Set([...githubVariables, ...tokenVariables].map((name) => name.toUpperCase()))
  const isTaken = (name: string) => taken.has(name) || takenFamilies.test(name) || secret.has(name)
  // Upper case, as Windows knows names in any.
  const kept = Object.entries(env).filter(([name]) => !isTaken(name.toUpperCase()))
  return { ...Object.fromEntries(kept), ...added }
}

/** SDKs ask a container's endpoint last of all: what the user's files say would win over it. */
export function endpointEnvironment(url: string, authorization: string): Readonly<Record<string, string>> {
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  }
}
