import type { Credentials } from './credentials.ts'

/** The ways in which credentials are printed. */
export const formats = {
  /** What an AWS SDK reads of a credential process (facts C2); `Version` is the number 1. */
  process: (credentials: Credentials): string => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = credentials
    return line({
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration,
      AccountId: accountId,
    })
  },
  /** For a POSIX shell's `eval`. */
  env: (credentials: Credentials): string =>
    Object.entries(environmentOf(credentials))
      .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
      .join(''),
  /** As the broker and any container endpoint answers (facts C1). */
  json: (credentials: Credentials): string => line(containerForm(credentials)),
} as const

export type Format = keyof typeof formats

/** The variables that every AWS SDK looks at first. */
export function environmentOf(credentials: Credentials): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_CREDENTIAL_EXPIRATION: credentials.expiration,
    AWS_ACCOUNT_ID: credentials.accountId,
  }
}

/** `Token` here, where a credential process says SessionToken. */
export function containerForm(credentials: Credentials): object {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: credentials.expiration,
    AccountId: credentials.accountId,
  }
}

function line(document: object): string {
  return `${JSON.stringify(document)}\n`
}

/** Within single quotes a shell reads everything but the single quote as it stands. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
