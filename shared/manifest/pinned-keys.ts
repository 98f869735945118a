import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { readKeySet } from '../token/key-set.ts'
import type { Problem } from './problem.ts'
import { readJson } from './referenced-files.ts'

export type PinnedKeys = { readonly keys: readonly Json[] }

type Wrong = (path: readonly (string | number)[], message: string, mend: string) => void

/**
 * Reads a JWKS file (RFC 7517 section 5) for an issuer whose keys are pinned, with the verifier's own eyes: a set
 * of which nothing can verify refuses every token, and nobody would know before the first call.
 */
export function readPinnedKeys(file: string, problems: Problem[]): PinnedKeys {
  const source = readJson(file)
  const document = source.value as JsonObject
  const keys = document.keys
  const before = problems.length
  const wrong: Wrong = (path, message, mend) => {
    problems.push(source.problem('jwks_invalid', path, message, mend))
  }
  if (!Array.isArray(keys) || keys.length === 0) {
    const mend = 'write {"keys": [...]} with the public keys of the issuer (RFC 7517 section 5)'
    wrong([], 'a JWKS file has a list "keys" that is not empty', mend)
    return { keys: [] }
  }
  for (const [at, key] of keys.entries()) {
    if (!isJsonObject(key) || typeof key.kty !== 'string')
      wrong(['keys', at], 'a key has a "kty"', 'mend the key')
    else if (key.kty === 'oct' || privateMembers.some((member) => Object.hasOwn(key, member)))
      wrong(['keys', at], 'this is a private or a secret key', 'pin public keys alone, and replace this one')
  }
  if (problems.length === before) checkUsable(document, keys, wrong)
  return { keys }
}

/** Keys that cannot verify are the verifier's to skip, beside one that can. */
function checkUsable(document: JsonObject, keys: readonly Json[], wrong: Wrong): void {
  const set = readKeySet(document)
  if (set === undefined) {
    const mend =
      'pin a public key that can: RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, or Ed25519, with "use" "sig" or none'
    wrong(['keys'], 'no key of this file can verify a token', mend)
    return
  }
  for (const [kid, found] of set.byKid) {
    if (found !== 'ambiguous') continue
    const last = keys.findLastIndex((key) => kidOf(key) === kid && readKeySet({ keys: [key] }) !== undefined)
    const message = `another key of this file has the "kid" ${JSON.stringify(kid)} too: every token that names it is refused`
    wrong(['keys', last], message, 'give each key a "kid" of its own, as the issuer writes it')
  }
}

const kidOf = (key: Json): Json | undefined => (isJsonObject(key) ? key.kid : undefined)

/** RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
