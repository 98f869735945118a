import { attackAccess, attackClass, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, partsOf, segment } from '../support/token.ts'

const key = makeKey('RSA', 'k1')
const mint = minter(key, 'RS256', baseClaims(partnerUrl))
const good = mint()
const [, payload, signature] = partsOf(good)
const unsigned = (alg: string) => `${segment({ alg, typ: 'JWT', kid: 'k1' })}.${payload}.`

attackClass('alg none', attackAccess({ partner: [key] }), {
  controls: [['RS256', good]],
  attacks: [
    ...[
      'none',
      'None',
      'NONE',
      'nOnE',
      'NoNe',
      'none ',
      ' none',
      'none\u0000',
      'null',
      'n\u043ene',
      '',
    ].flatMap(
      (alg) =>
        [
          [`"${alg}" without a signature`, 'algorithm_not_allowed', unsigned(alg)],
          [`"${alg}" with another token's signature`, 'algorithm_not_allowed', unsigned(alg) + signature],
          [`"${alg}" with a signature of its own`, 'algorithm_not_allowed', mint({ header: { alg } })],
        ] as const,
    ),
    ['no alg at all', 'header_invalid', mint({ header: { alg: undefined } })],
    ['alg null', 'header_invalid', mint({ header: { alg: null } })],
    ['alg false', 'header_invalid', mint({ header: { alg: false } })],
    ['alg as an array with RS256 in it', 'header_invalid', mint({ header: { alg: ['RS256'] } })],
    ['RS256 without a signature', 'signature_invalid', unsigned('RS256')],
    ['no third part', 'token_malformed', unsigned('none').slice(0, -1)],
    ['alg twice, none last', 'header_invalid', mint({ header: '{"alg":"RS256","kid":"k1","alg":"none"}' })],
    ['alg twice, none first', 'header_invalid', mint({ header: '{"alg":"none","kid":"k1","alg":"RS256"}' })],
    [
      'alg in an escape that hides a second one',
      'header_invalid',
      mint({ header: '{"\\u0061lg":"none","kid":"k1","alg":"RS256"}' }),
    ],
  ],
})
