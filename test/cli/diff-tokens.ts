import type { Pair } from './diff-pairs.ts'

const tokens = (more: string, issuer = 'https://broker.example', audiences = '[a]') =>
  `tokens: { issuer: '${issuer}', audiences: ${audiences}${more} }\n`
const client = (more: string) => ({ more: `${tokens('', undefined, '[a, b]')}clients: { bot: { ${more} } }` })
const given = (text: string) => `tokens_widened ${text.replace('GIVEN', 'is given')}`
const taken = (text: string) => `tokens_narrowed ${text.replace('GIVEN', 'is given no longer')}`
const both = (...texts: readonly string[]) => ({ says: texts.map(given), reverse: texts.map(taken) })

/** Changes of what Postern signs, and for whom. */
export const tokenPairs: readonly Pair[] = [
  { name: 'an audience of tokens', old: { more: tokens('') }, new: { more: tokens('', undefined, '[a, b]') }, ...both('whoever has a role GIVEN a token for b, by exchange') }, // biome-ignore format: a table
  { name: 'tokens that live longer', old: { more: tokens('') }, new: { more: tokens(', durationSeconds: 3600') }, ...both('everybody GIVEN tokens of 3600 seconds') }, // biome-ignore format: a table
  { name: 'an audience of a client', old: client('secret: x, allowedAudiences: [a]'), new: client('secret: x, allowedAudiences: [a, b]'), ...both('the client bot GIVEN tokens for b') }, // biome-ignore format: a table
  { name: 'a longer overlap', old: client('secret: x, allowedAudiences: [a]'), new: client('secret: x, allowedAudiences: [a], overlapSeconds: 90000'), ...both('the client bot GIVEN tokens by a secret of before for 90000 seconds') }, // biome-ignore format: a table
  { name: 'a new client', old: { more: tokens('', undefined, '[a, b]') }, new: client('secret: x, allowedAudiences: [a]'), ...both('the client bot GIVEN tokens for a') }, // biome-ignore format: a table
  {
    name: 'another secret of a client',
    old: client('secret: x, allowedAudiences: [a]'),
    new: client('secret: y, allowedAudiences: [a]'),
    says: [
      given('the client bot GIVEN tokens by the secret y'),
      taken('the client bot GIVEN tokens by the secret x'),
    ],
    reverse: [
      given('the client bot GIVEN tokens by the secret x'),
      taken('the client bot GIVEN tokens by the secret y'),
    ],
  },
  {
    name: 'another address of the issuer',
    old: { more: tokens('') },
    new: { more: tokens('', 'https://other.example') },
    says: ['tokens_moved tokens that Postern signs are of https://other.example, and no longer of https://broker.example: who takes them has to know'], // biome-ignore format: a message
    reverse: ['tokens_moved tokens that Postern signs are of https://broker.example, and no longer of https://other.example: who takes them has to know'], // biome-ignore format: a message
  },
]
