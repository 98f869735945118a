/**
 * What no canonical path holds, as Resource patterns below `arn:…:apiId/stage/`: shared/gateway/canonical-path.ts
 * once more, as far as a pattern can say it. `%` is among them also where `encodedPaths: allow` is set, since no list
 * of patterns tells a sound escape from an unsound one.
 *
 * Not among them: `?`, which is a wildcard, and control characters and a final space, which a policy document should
 * not hold. HTTP carries none of these in a path (RFC 9112 section 3, RFC 9113 section 8.3.1).
 */
export const crookedSpellings: readonly string[] = [
  '*//*',
  '*/;*',
  '*/./*',
  '*/.;*',
  '*/../*',
  '*/..;*',
  // Two slashes, for the root is `GET/`.
  '*/*/',
  '*/.',
  '*/..',
  '*%*',
  '*\\*',
  '*#*',
]
