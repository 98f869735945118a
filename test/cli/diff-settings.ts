import type { Pair } from './diff-pairs.ts'

type Row = {
  readonly name: string
  readonly old: string
  readonly new: string
  readonly says: readonly string[]
  readonly reverse: readonly string[]
}

const issuer = (more: string, audience = '[api]'): string =>
  `{ staff: { type: oidc, issuer: https://staff.example, audience: ${audience}${more} } }`
const wide = (text: string): string => `issuer_widened the issuer staff: ${text}`
const narrow = (text: string): string => `issuer_narrowed the issuer staff: ${text}`

const ofIssuers: readonly Row[] = [
  { name: 'an audience more', old: issuer(''), new: issuer('', '[api, other]'), says: [wide('audience has other too')], reverse: [narrow('audience has other no longer')] },
  { name: 'any audience', old: issuer(''), new: issuer('', 'null'), says: [wide('audience is null: tokens meant for anybody are taken')], reverse: [narrow('audience is no longer null')] },
  { name: 'an algorithm more', old: issuer(''), new: issuer(', algorithms: [ES256, PS256, RS256]'), says: [wide('algorithms has PS256 too')], reverse: [narrow('algorithms has PS256 no longer')] },
  { name: 'a type more', old: issuer(', typ: JWT'), new: issuer(', typ: [absent, jwt]'), says: [wide('typ has absent too')], reverse: [narrow('typ has absent no longer')] },
  { name: 'a condition less', old: issuer(", require: { email_verified: true, org: 'a*' }"), new: issuer(", require: { org: '**' }"), says: [wide('require asks no longer for email_verified true'), wide('require asks no longer for org the pattern "a*"')], reverse: [narrow('require asks for email_verified true'), narrow('require asks for org the pattern "a*"')] },
  { name: 'leeway', old: issuer(''), new: issuer(', clockSkewSeconds: 60'), says: [wide('clockSkewSeconds 5 is 60: tokens and keys are taken for longer')], reverse: [narrow('clockSkewSeconds 60 is 5')] },
  { name: 'stale keys', old: issuer(', maxKeyStaleSeconds: 10'), new: issuer(', maxKeyStaleSeconds: 5'), says: [narrow('maxKeyStaleSeconds 10 is 5')], reverse: [wide('maxKeyStaleSeconds 5 is 10: tokens and keys are taken for longer')] },
  { name: 'the other kind of token', old: issuer(', typ: JWT'), new: issuer(', typ: JWT, tokenUse: id'), says: [wide('tokenUse access is id: other tokens are taken')], reverse: [wide('tokenUse id is access: other tokens are taken')] },
  { name: 'an issuer renamed', old: issuer(''), new: issuer('').replace('staff', 'people'), says: ['issuer_renamed the issuer staff is called people, which backends see'], reverse: ['issuer_renamed the issuer people is called staff, which backends see'] },
  { name: 'an issuer more', old: issuer(''), new: issuer('').replace(/\}$/, ', b: { type: oidc, issuer: https://b.example, audience: [x] } }'), says: ['issuer_added the issuer b is new; who gains something by it stands with the roles'], reverse: ['issuer_removed the issuer b is taken out: none of its tokens is taken'] },
  { name: 'keys from elsewhere', old: issuer(''), new: issuer(', jwksUri: https://keys.example/k'), says: [wide('its keys come from https://keys.example/k, not from what https://staff.example/.well-known/openid-configuration says: others may sign')], reverse: [wide('its keys come from what https://staff.example/.well-known/openid-configuration says, not from https://keys.example/k: others may sign')] },
] // biome-ignore format: a table

const ofSettings: readonly Row[] = [
  { name: 'escapes let in', old: '{}', new: '{ encodedPaths: allow }', says: ['setting_widened encodedPaths is allow: paths with % are let in'], reverse: ['setting_narrowed encodedPaths is refuse: paths with % are refused'] },
  { name: 'cached for longer', old: '{ cacheSeconds: 60 }', new: '{ cacheSeconds: 300 }', says: ['setting_widened cacheSeconds 60 is 300: what is withdrawn lives on for longer'], reverse: ['setting_narrowed cacheSeconds 300 is 60'] },
  { name: 'no policy cached, so none narrows', old: '{ encodedPaths: allow }', new: '{ encodedPaths: allow, cacheSeconds: 0 }', says: ['setting_narrowed cacheSeconds 300 is 0', 'setting_widened requests that were refused with policy_narrowed pass, since no policy is cached for them any more; `postern check` names them for the old manifest'], reverse: ['setting_widened cacheSeconds 0 is 300: what is withdrawn lives on for longer'] },
  { name: 'a cached yes in place of policies', old: '{ cacheSeconds: 60 }', new: '{ response: simple, cacheSeconds: 60 }', says: ['setting_widened response was policy and is simple (cached)'], reverse: ['setting_narrowed response was simple (cached) and is policy'] },
  { name: 'another place of the token', old: '{}', new: '{ token: { query: t } }', says: ['setting_changed token was header authorization and is query t'], reverse: ['setting_changed token was query t and is header authorization'] },
  { name: 'claims for backends', old: '{}', new: '{ context: [email] }', says: ['setting_changed context was no claims and is email'], reverse: ['setting_changed context was email and is no claims'] },
] // biome-ignore format: a table

const roleOf = (name: string): string =>
  `{ reader: { trust: [{ issuer: ${name}, claims: { g: a } }], routes: [GET /orders] } }`

/** Of issuers and of settings, under one role that stays as it is. */
export const settingPairs: readonly Pair[] = [
  ...ofIssuers.map(({ old, new: now, ...row }) => ({
    ...row,
    old: { issuers: old, roles: roleOf(/\w+/.exec(old)?.[0] ?? '') },
    new: { issuers: now, roles: roleOf(/\w+/.exec(now)?.[0] ?? '') },
  })),
  ...ofSettings.map(({ old, new: now, ...row }) => ({
    ...row,
    old: { api: old, roles: roleOf('staff') },
    new: { api: now, roles: roleOf('staff') },
  })),
]
