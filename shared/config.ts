/**
 * The one table of environment variables. Nothing that Postern decides by comes from the environment:
 * the functions' configuration is the compiled manifest in their bundles.
 */
export const variables = {
  POSTERN_STATE_TABLE:
    "The broker's DynamoDB table; without it GetCallerIdentity knows no access key, and all else works.",
  POSTERN_SIGNING_SECRET:
    'The secret with the private keys by which the broker signs; without it nothing is signed.',
  POSTERN_PUBLIC_KEYS_SECRET: 'The secret with their public parts: what is published, and what may sign.',
  POSTERN_BROKER:
    "The broker's address for `postern credentials`, `exec` and `doctor`, where --broker is left out.",
  ACTIONS_ID_TOKEN_REQUEST_URL: "GitHub Actions': where a job asks for its identity token (`--github`).",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "GitHub Actions': by what a job asks for its identity token (`--github`).",
  POSTERN_PORT:
    'First of the loopback ports of `npm start`, 1024 to 65532 (8600): gateway, issuers, AWS, broker.',
  POSTERN_CORPORA:
    'Folder of the test corpora (../shared/corpora); tests that need it are skipped, with a reason, without it.',
  POSTERN_FUZZ_RUNS: 'Cases per property test, 1 to 1000000 (100); `npm run test:long` sets it.',
  POSTERN_FUZZ_SEED: 'Seed of the property tests, printed by a failing run; random when absent.',
} as const

export type Variable = keyof typeof variables

/** A variable's text, or `undefined` where it is absent or empty. */
export function variable(name: Variable): string | undefined {
  return process.env[name] || undefined
}

/** A whole number within bounds. Throws an error that names the variable, what it says and what it may be. */
export function numberVariable(name: Variable, fallback: number, least: number, most: number): number {
  const text = variable(name)
  if (text === undefined) return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(
    `${name} is "${text}"; it takes a whole number from ${least} to ${most}, or nothing for ${fallback}`,
  )
}
