import type { Pair } from './diff-pairs.ts'

const arn = 'arn:aws:iam::123456789012:role/x'
const lender = (credentials: string, more = '', name = 'exporter') =>
  `${name}: { trust: [{ issuer: staff, claims: { g: clerks } }]${more}, credentials: { roleArn: ${arn}, ${credentials} } }`
const lending = (credentials: string, more = '') => `{ ${lender(credentials, more)} }`
const statement = (actions: string, resources: string, more = '') =>
  `{ actions: [${actions}], resources: [${resources}]${more} }`
const scopes = (...statements: readonly string[]) => `scopes: { read: [${statements.join(', ')}] }`
const get = statement('s3:GetObject', "'arn:aws:s3:::acme/*'")
const put = statement('s3:PutObject', "'arn:aws:s3:::acme/*'")

const wide = (text: string) => `credentials_widened ${text}`
const narrow = (text: string) => `credentials_narrowed ${text}`
const same = (text: string) => `credentials_changed ${text}`
const readChanged = same('the scope read is not what it was; all of them together are compared apart')
const hang = 'what policies of AWS make of it is not known here'
const who = 'callers of staff with g "clerks"'

const [iamStar, iamName] = ['*', 'aws:username'].map((name) => `arn:aws:s3:::acme/$\{${name}}`) as [
  string,
  string,
]
const escaped = (text: string) => text.replace('$', '$$$$')

type Row = readonly [
  name: string,
  old: string,
  now: string,
  says: readonly string[],
  reverse: readonly string[],
]

/** Credentials of one role before and after. */
const ofCredentials: readonly Row[] = [
  ['nothing but the order', `${scopes(get, put)}, tags: { a: x, b: y }`, `tags: { b: y, a: x }, ${scopes(put, get)}`, [], []],
  ['an action more', scopes(get), scopes(get, put), [wide('sessions may also do s3:PutObject on arn:aws:s3:::acme/*'), readChanged], [narrow('sessions may do no longer s3:PutObject on arn:aws:s3:::acme/*'), readChanged]],
  ['an action within a pattern', scopes(statement("'s3:Get*', 's3:ListBucket'", "'*'")), scopes(statement('s3:getobject', "'arn:aws:s3:::acme/*'")), [narrow('sessions may do no longer s3:Get* on *; s3:ListBucket on *'), readChanged], [wide('sessions may also do s3:Get* on *; s3:ListBucket on *'), readChanged]],
  ['a prefix in place of a claim', scopes(statement('s3:GetObject', "'arn:aws:s3:::acme/{claims.sub}/*'")), scopes(get), [wide('sessions may also do s3:GetObject on arn:aws:s3:::acme/*'), readChanged], [narrow('sessions may do no longer s3:GetObject on arn:aws:s3:::acme/*'), readChanged]],
  ['another claim', scopes(statement('s3:GetObject', "'arn:aws:s3:::acme/{claims.sub}/*'")), scopes(statement('s3:GetObject', "'arn:aws:s3:::acme/{path(claims[''a:b''])}/*'")), [wide("sessions may also do s3:GetObject on arn:aws:s3:::acme/{path(claims['a:b'])}/*"), narrow('sessions may do no longer s3:GetObject on arn:aws:s3:::acme/{claims.sub}/*'), readChanged], [narrow("sessions may do no longer s3:GetObject on arn:aws:s3:::acme/{path(claims['a:b'])}/*"), wide('sessions may also do s3:GetObject on arn:aws:s3:::acme/{claims.sub}/*'), readChanged]],
  ['a star that IAM escapes is no star', scopes(statement('s3:GetObject', `'${escaped(iamStar)}'`)), scopes(statement('s3:GetObject', `'${escaped(iamName)}'`)), [wide(`sessions may also do s3:GetObject on ${iamName}`), narrow(`sessions may do no longer s3:GetObject on ${iamStar}`), readChanged], [narrow(`sessions may do no longer s3:GetObject on ${iamName}`), wide(`sessions may also do s3:GetObject on ${iamStar}`), readChanged]],
  ['a star of the account is none of the resource', scopes(statement('sqs:SendMessage', "'arn:aws:sqs:*:123456789012:a'")), scopes(statement('sqs:SendMessage', "'arn:aws:sqs:eu-west-1:123456789012:a'")), [narrow('sessions may do no longer sqs:SendMessage on arn:aws:sqs:*:123456789012:a'), readChanged], [wide('sessions may also do sqs:SendMessage on arn:aws:sqs:*:123456789012:a'), readChanged]],
  ['a condition less', scopes(statement('s3:ListBucket', "'arn:aws:s3:::acme'", ", conditions: { StringLike: { 's3:prefix': [a, b] } }")), scopes(statement('s3:ListBucket', "'arn:aws:s3:::acme'")), [wide('sessions may also do s3:ListBucket on arn:aws:s3:::acme'), readChanged], [narrow('sessions may do no longer s3:ListBucket on arn:aws:s3:::acme'), readChanged]],
  ['a value less of a condition', scopes(statement('s3:ListBucket', "'arn:aws:s3:::acme'", ", conditions: { StringLike: { 's3:prefix': [a, b] } }")), scopes(statement('s3:ListBucket', "'arn:aws:s3:::acme'", ", conditions: { StringLike: { 's3:prefix': [b] } }")), [narrow('sessions may do no longer s3:ListBucket on arn:aws:s3:::acme where StringLike s3:prefix "a", "b"'), readChanged], [wide('sessions may also do s3:ListBucket on arn:aws:s3:::acme where StringLike s3:prefix "a", "b"'), readChanged]],
  ['a value less of a condition that negates', scopes(statement('s3:ListBucket', "'arn:aws:s3:::acme'", ", conditions: { StringNotLike: { 's3:prefix': [a, b] } }")), scopes(statement('s3:ListBucket', "'arn:aws:s3:::acme'", ", conditions: { StringNotLike: { 's3:prefix': [b] } }")), [wide('sessions may also do s3:ListBucket on arn:aws:s3:::acme where StringNotLike s3:prefix "b"'), readChanged], [narrow('sessions may do no longer s3:ListBucket on arn:aws:s3:::acme where StringNotLike s3:prefix "b"'), readChanged]],
  ['a statement that moves to another scope', `scopes: { read: [${get}], write: [${put}] }`, `scopes: { read: [${get}, ${put}] }`, [readChanged, same('the scope write is not what it was; all of them together are compared apart')], [readChanged, same('the scope write is not what it was; all of them together are compared apart')]],
  ['no scopes', scopes(get), 'scopes: null', [wide('sessions are narrowed no longer: they may do whatever the AWS role may')], [narrow('sessions are narrowed: they may do no longer whatever the AWS role may')]],
  ['a managed policy that narrows', 'scopes: null', "scopes: null, policyArns: ['arn:aws:iam::aws:policy/A']", [narrow('sessions are narrowed: they may do no longer whatever the AWS role may')], [wide('sessions are narrowed no longer: they may do whatever the AWS role may')]],
  ['a managed policy beside scopes', scopes(get), `${scopes(get)}, policyArns: ['arn:aws:iam::aws:policy/A']`, [wide('sessions may also do what arn:aws:iam::aws:policy/A allows')], [narrow('sessions may do no longer what arn:aws:iam::aws:policy/A allows')]],
  ['longer sessions', `${scopes(get)}, durationSeconds: 900`, `${scopes(get)}, durationSeconds: 1800`, [wide('maxDurationSeconds 900 is 1800: sessions may last longer'), same('durationSeconds 900 is 1800, for those who ask for none')], [narrow('maxDurationSeconds 1800 is 900'), same('durationSeconds 1800 is 900, for those who ask for none')]],
  ['sessions that outlive the token', `${scopes(get)}, endsWithToken: true`, scopes(get), [wide('sessions end when they end, be the token over or not')], [narrow('sessions end with the token')]],
  ['another external id', scopes(get), `${scopes(get)}, externalId: abc`, [wide('externalId is another: AWS roles that ask for it can be assumed')], [wide('externalId is another: AWS roles that ask for it can be assumed')]],
  ['another AWS role', scopes(get), `${scopes(get)}, roleArn: ${arn}y`, [wide(`the AWS role ${arn} is ${arn}y: another may do other things`)], [wide(`the AWS role ${arn}y is ${arn}: another may do other things`)]],
  ['a tag more, and another value', `${scopes(get)}, tags: { a: x }`, `${scopes(get)}, tags: { a: '{claims.sub}', b: y }`, [wide(`the tag a was x and is {claims.sub}; ${hang}`), wide(`sessions have the tag b too, y; ${hang}`)], [wide(`the tag a was {claims.sub} and is x; ${hang}`), wide(`sessions have the tag b no longer; ${hang}`)]],
  ['a tag that may be dropped, and stays', `${scopes(get)}, tags: { a: x }`, `${scopes(get)}, tags: { a: { value: x, optional: true, transitive: true } }`, [wide(`the tag a is optional: some sessions are without it; ${hang}`), wide(`the tag a stays when a session assumes another AWS role; ${hang}`)], [narrow('the tag a is optional no longer'), wide(`the tag a goes when a session assumes another AWS role; ${hang}`)]],
] // biome-ignore format: a table

const [low, above] = [lender(scopes(get), '', 'low'), '{ issuer: staff, claims: { g: [clerks, boss] } }']

/** Who may borrow. */
const ofCallers: readonly Pair[] = [
  {
    name: 'a role that lends now',
    old: { roles: '{ exporter: { trust: [{ issuer: staff, claims: { g: clerks } }] } }' },
    new: { roles: lending('scopes: null') },
    says: [`loans_gained ${who}: gain the AWS role ${arn} (unnarrowed)`],
    reverse: [`loans_lost ${who}: lose the AWS role ${arn} (unnarrowed)`],
  },
  {
    name: 'what callers may borrow by another role is no gain',
    old: { roles: `{ ${low}, over: { trust: [${above}] } }` },
    new: { roles: `{ ${low}, over: { trust: [${above}], includes: [low] } }` },
    says: [`loans_gained callers of staff with g "boss": gain the AWS role ${arn} (by the role low)`],
    reverse: [`loans_lost callers of staff with g "boss": lose the AWS role ${arn} (by the role low)`],
  },
  {
    name: 'a lending role renamed',
    old: { roles: lending(scopes(get)) },
    new: { roles: lending(scopes(get)).replace('exporter', 'writer') },
    says: ['role_renamed the role exporter is called writer, which backends see'],
    reverse: ['role_renamed the role writer is called exporter, which backends see'],
  },
  {
    name: 'a lending role renamed and widened is another',
    old: { roles: lending(scopes(get)) },
    new: { roles: lending(scopes(get, put)).replace('exporter', 'writer') },
    says: [`loans_gained ${who}: gain the AWS role ${arn}`, `loans_lost ${who}: lose the AWS role ${arn}`, 'role_added the role writer is new', 'role_removed the role exporter is taken out'],
    reverse: [`loans_gained ${who}: gain the AWS role ${arn}`, `loans_lost ${who}: lose the AWS role ${arn}`, 'role_added the role exporter is new', 'role_removed the role writer is taken out'],
  },
  {
    name: 'a rule that lasts for longer lends for longer',
    old: { roles: lending(scopes(get)).replace('} }]', "}, expiresAt: '2030-01-01T00:00:00Z' }]") },
    new: { roles: lending(scopes(get)) },
    says: [`expires_later ${who}: keep for longer the AWS role ${arn}`],
    reverse: [`expires_earlier ${who}: keep for less long the AWS role ${arn}`],
  },
  {
    name: 'a role that lends the same as another, to the same callers, under a name of its own',
    old: { roles: `{ ${low} }` },
    new: { roles: `{ ${low}, ${lender(scopes(get), '', 'twin')} }` },
    says: ['role_added the role twin is new'],
    reverse: ['role_removed the role twin is taken out'],
  },
] // biome-ignore format: a table

export const loanPairs: readonly Pair[] = [
  ...ofCredentials.map(([name, old, now, says, reverse]) => ({
    name: `credentials: ${name}`,
    old: { roles: lendingOnce(old) },
    new: { roles: lendingOnce(now) },
    says,
    reverse,
  })),
  ...ofCallers,
]

/** With the role's ARN, unless the credentials have one of their own. */
function lendingOnce(credentials: string): string {
  const text = lending(credentials)
  return credentials.includes('roleArn') ? text.replace(`roleArn: ${arn}, `, '') : text
}
