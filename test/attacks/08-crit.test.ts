import { type Attack, attackAccess, attackClass, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, type Members, minter } from '../support/token.ts'

const key = makeKey('P-256', 'k1')
const mint = minter(key, 'ES256', baseClaims(partnerUrl))

const headers: readonly (readonly [string, Members])[] = [
  ['an unknown extension', { crit: ['http://example.invalid/x'], 'http://example.invalid/x': true }],
  ['an unknown extension that is absent', { crit: ['http://example.invalid/x'] }],
  ['empty', { crit: [] }],
  ['duplicate names', { crit: ['exp', 'exp'], exp: 1 }],
  ['a string', { crit: 'exp', exp: 1 }],
  ['an empty string', { crit: '' }],
  ['null', { crit: null }],
  ['false', { crit: false }],
  ['zero', { crit: 0 }],
  ['an object', { crit: {} }],
  ['an array of numbers', { crit: [1] }],
  ['an array in an array', { crit: [['exp']], exp: 1 }],
  ['standard names', { crit: ['alg', 'kid'] }],
  ['itself', { crit: ['crit'] }],
  ['toString, which every object inherits', { crit: ['toString'] }],
  ['constructor, which every object inherits', { crit: ['constructor'] }],
  ['__proto__', { crit: ['__proto__'] }],
  ['b64, true', { crit: ['b64'], b64: true }],
  ['b64, false', { crit: ['b64'], b64: false }],
  ['b64 and another', { crit: ['b64', 'x'], b64: true, x: 1 }],
  ['the empty name', { crit: [''], '': 1 }],
]

attackClass('crit', attackAccess({ partner: [key] }), {
  controls: [
    ['no crit', mint()],
    [
      'an unknown member that nothing calls critical',
      mint({ header: { 'http://example.invalid/x': true, exp: 1 } }),
    ],
    ['a member that only looks like it', mint({ header: { Crit: ['x'], ' crit': ['x'] } })],
  ],
  attacks: [
    ...headers.map(([name, header]): Attack => [name, 'crit_unsupported', mint({ header })]),
    ['twice', 'header_invalid', mint({ header: '{"alg":"ES256","kid":"k1","crit":["b64"],"crit":["b64"]}' })],
    ['in an escape', 'crit_unsupported', mint({ header: '{"alg":"ES256","kid":"k1","\\u0063rit":["x"]}' })],
  ],
})
