import { type Attack, attackAccess, attackClass, type Control, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, type Members, minter } from '../support/token.ts'

const key = makeKey('RSA', 'k1')
const second = makeKey('P-256', 'k2')
const attacker = makeKey('RSA', 'attacker')
const attackerEc = makeKey('P-256', 'attacker')
const claims = baseClaims(partnerUrl)

/** A chain needs no true certificate to tempt a verifier that takes the first key it can parse. */
const chain = [attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')]
const brought: readonly (readonly [string, Members])[] = [
  ['jwk', { jwk: attacker.jwk }],
  ['jwk with its private half', { jwk: attacker.privateKey.export({ format: 'jwk' }) }],
  ["jwk under the issuer's kid", { jwk: { ...attacker.jwk, kid: 'k1' } }],
  ['jku', { jku: 'https://attacker.example/jwks' }],
  ['jku that begins like the issuer', { jku: `${partnerUrl}@attacker.example/jwks` }],
  ['jku on loopback', { jku: 'http://127.0.0.1:9/jwks' }],
  ['jku of a file', { jku: 'file:///etc/passwd' }],
  ['x5u', { x5u: 'https://attacker.example/cert.pem' }],
  ['x5c', { x5c: chain }],
  ['x5t', { x5t: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA', 'x5t#S256': 'AAAA' }],
  [
    'all at once',
    { jwk: attacker.jwk, jku: 'https://attacker.example/', x5u: 'https://attacker.example/', x5c: chain },
  ],
  ['jwk of a wrong type', { jwk: 'text', jku: 5, x5c: {} }],
]

const byAttacker = minter(attacker, 'RS256', claims)
const byIssuer = minter(key, 'RS256', claims)

const attacks: Attack[] = brought.flatMap(([name, header]): Attack[] => [
  [`${name}, under a kid of its own`, 'key_unknown', byAttacker({ header })],
  [`${name}, under the issuer's kid`, 'signature_invalid', byAttacker({ header: { ...header, kid: 'k1' } })],
  [`${name}, without a kid`, 'key_ambiguous', byAttacker({ header: { ...header, kid: undefined } })],
])

attackClass('a key brought along in the header', attackAccess({ partner: [key, second] }), {
  controls: [
    ['no key brought along', byIssuer()],
    ...brought.map(
      ([name, header]): Control => [`the issuer's own signature beside ${name}`, byIssuer({ header })],
    ),
  ],
  attacks: [
    ...attacks,
    [
      'an EC key brought along under the kid of an EC key',
      'signature_invalid',
      minter(attackerEc, 'ES256', claims)({ header: { kid: 'k2', jwk: attackerEc.jwk } }),
    ],
    ['epk, as for key agreement', 'key_unknown', byAttacker({ header: { epk: attacker.jwk } })],
    ['jku twice', 'header_invalid', byIssuer({ header: '{"alg":"RS256","kid":"k1","jku":"a","jku":"b"}' })],
  ],
})
