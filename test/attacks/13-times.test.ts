import { type Attack, attackAccess, attackClass, type Control, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, nowSeconds } from '../support/token.ts'

const key = makeKey('P-256', 'k1')
const claims = baseClaims(partnerUrl)
const mint = minter(key, 'ES256', claims)
/** The claim's value as it is written, for numbers that JavaScript would write otherwise. */
const written = (claim: string, value: string) =>
  mint({ claims: JSON.stringify({ ...claims, [claim]: 0 }).replace(`"${claim}":0`, `"${claim}":${value}`) })
const at = (claim: string, seconds: unknown) => mint({ claims: { [claim]: seconds } })

/** The last second of the year 9999; one more is no date. */
const latest = 253_402_300_799
const notDates: readonly (readonly [string, string])[] = [
  ['a string of digits', `"${nowSeconds - 1}"`],
  ['a date in words', '"2030-01-01T00:00:00Z"'],
  ['an empty string', '""'],
  ['null', 'null'],
  ['true', 'true'],
  ['false', 'false'],
  ['an object', '{}'],
  ['an object with valueOf', `{"valueOf":${nowSeconds}}`],
  ['an array', `[${nowSeconds - 1}]`],
  ['infinite', '1e400'],
  ['infinite, negative', '-1e400'],
  ['1e300', '1e300'],
  ['-1e300', '-1e300'],
  ['a second too late for a date', String(latest + 1)],
  ['a second too early for a date', String(-latest - 1)],
  ['2^53', '9007199254740992'],
  ['2^63', '9223372036854775808'],
  ['milliseconds', String(nowSeconds * 1000)],
]
const invalid = { exp: 'expiry_invalid', nbf: 'not_before_invalid', iat: 'issued_at_invalid' } as const
const claimNames = ['exp', 'nbf', 'iat'] as const

attackClass('exp, nbf and iat', attackAccess({ partner: [key] }), {
  controls: [
    ['ten minutes left', mint()],
    ['half a second left', at('exp', nowSeconds + 0.5)],
    ['a second left', at('exp', nowSeconds + 1)],
    ['exp in exponents', written('exp', '2e9')],
    ['until the end of the year 9999', at('exp', latest)],
    ['no nbf and no iat', mint({ claims: { nbf: undefined, iat: undefined } })],
    ...(['nbf', 'iat'] as const).flatMap((claim): Control[] => [
      [`${claim} now`, at(claim, nowSeconds)],
      [`${claim} within the leeway, to the second`, at(claim, nowSeconds + 5)],
      [`${claim} of zero`, at(claim, 0)],
      [`${claim} long ago`, at(claim, -latest)],
    ]),
  ],
  attacks: [
    ['exp on this very second', 'token_expired', at('exp', nowSeconds)],
    ['exp a millisecond ago', 'token_expired', at('exp', nowSeconds - 0.001)],
    ['exp a second ago: it has no leeway', 'token_expired', at('exp', nowSeconds - 1)],
    ['exp a year ago', 'token_expired', at('exp', nowSeconds - 31_536_000)],
    ['exp of zero', 'token_expired', at('exp', 0)],
    ['exp of minus zero', 'token_expired', written('exp', '-0')],
    ['exp of -1', 'token_expired', at('exp', -1)],
    ['exp as early as a date goes', 'token_expired', at('exp', -latest)],
    ['exp of 1e-400', 'token_expired', written('exp', '1e-400')],
    ['exp missing', 'expiry_invalid', at('exp', undefined)],
    ['exp in capitals', 'expiry_invalid', mint({ claims: { exp: undefined, EXP: nowSeconds + 600 } })],
    ...claimNames.flatMap((claim) =>
      notDates.map(([name, value]): Attack => [`${claim}: ${name}`, invalid[claim], written(claim, value)]),
    ),
    ...(['nbf', 'iat'] as const).flatMap((claim): Attack[] => [
      [`${claim} a millisecond past the leeway`, 'token_not_yet_valid', at(claim, nowSeconds + 5.001)],
      [`${claim} a second past the leeway`, 'token_not_yet_valid', at(claim, nowSeconds + 6)],
      [`${claim} in a year`, 'token_not_yet_valid', at(claim, nowSeconds + 31_536_000)],
    ]),
    [
      'nbf and iat against each other',
      'token_not_yet_valid',
      mint({ claims: { nbf: nowSeconds + 60, iat: 0 } }),
    ],
    [
      'iat and nbf against each other',
      'token_not_yet_valid',
      mint({ claims: { iat: nowSeconds + 60, nbf: 0 } }),
    ],
    [
      'exp before nbf, both to come',
      'token_not_yet_valid',
      mint({ claims: { exp: nowSeconds + 10, nbf: nowSeconds + 20 } }),
    ],
    [
      'expired and not yet valid',
      'token_expired',
      mint({ claims: { exp: nowSeconds - 10, nbf: nowSeconds + 20 } }),
    ],
  ],
})
