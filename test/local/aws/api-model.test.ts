import { describe, expect, test } from 'vitest'
import {
  type ApiModel,
  type Members,
  problemsOf,
  shapeOf,
  stsExamples,
  stsModel,
  type Value,
} from '../../support/api-model.ts'
import { answerProblems, errorProblems, formOf, requestProblems, xmlOf } from '../../support/api-wire.ts'

const model = stsModel as ApiModel
const examples = Object.entries(stsExamples).flatMap(([action, all]) =>
  all.map((one) => [action, one] as const),
)
const inputOf = (action: string) => model.operations[action]?.input.shape ?? ''
const outputOf = (action: string) => model.operations[action]?.output.shape ?? ''

type Mutant = readonly [at: string, value: Value]

/** Values that are wrong in one way each, by all that the shape says, and where. */
function* mutants(name: string, value: Value, at: string): Generator<Mutant> {
  const shape = shapeOf(model, name)
  const { min = 0, max } = shape
  if (shape.type === 'structure') yield* ofStructure(name, value as Members, at)
  else if (shape.type === 'list') {
    const [first, ...others] = value as readonly Value[]
    if (max !== undefined) yield [at, Array(max + 1).fill(first)]
    for (const [where, one] of mutants(shape.member?.shape ?? '', first as Value, `${at}[0]`))
      yield [where, [one, ...others]]
  } else if (shape.type === 'string') {
    // Digits are of every pattern, and of these two characters every pattern lacks one.
    if (max !== undefined) yield [at, '0'.repeat(max + 1)]
    if (min > 0) yield [at, '0'.repeat(min - 1)]
    if (shape.pattern !== undefined) yield [at, `${value}\u007f\u0100`]
  } else if (shape.type === 'integer') {
    if (max !== undefined) yield [at, max + 1]
    yield [at, min - 1]
    yield [at, 1000.5]
  } else yield [at, '2014-10-24 23:00:23']
}

function* ofStructure(name: string, value: Members, at: string): Generator<Mutant> {
  const { required = [], members = {} } = shapeOf(model, name)
  yield [`${at}.Unknown`, { ...value, Unknown: 'x' }]
  for (const one of required)
    yield [`${at}.${one}`, Object.fromEntries(Object.entries(value).filter(([key]) => key !== one))]
  for (const [key, one] of Object.entries(value))
    for (const [where, changed] of mutants(members[key]?.shape ?? '', one, `${at}.${key}`))
      yield [where, { ...value, [key]: changed }]
}

const expectAt = (problems: readonly string[], at: string) => {
  expect(problems, at).not.toEqual([])
  for (const problem of problems) expect(problem.startsWith(at), `${problem}: ${at}`).toBe(true)
}

describe.skipIf(stsModel === undefined)('the validator of requests and answers', () => {
  test.each(examples)(
    'takes AWS’s own example of %s, as value, form and XML',
    (action, { input, output }) => {
      expect(problemsOf(model, inputOf(action), input)).toEqual([])
      expect(problemsOf(model, outputOf(action), output)).toEqual([])
      expect(requestProblems(model, formOf(action, input, '2011-06-15'))).toEqual([])
      expect(answerProblems(model, action, xmlOf(model, action, output))).toEqual([])
    },
  )

  test.each(examples)(
    'takes no example of %s that is wrong in one way, as value, form or XML',
    (action, { input, output }) => {
      const [asked, answered] = [inputOf(action), outputOf(action)]
      for (const [at, value] of mutants(asked, input, asked)) {
        expectAt(problemsOf(model, asked, value), at)
        expectAt(requestProblems(model, formOf(action, value as Members, '2011-06-15')), at)
      }
      const answers = [...mutants(answered, output, answered)]
      expect(answers.length).toBeGreaterThan(0)
      for (const [at, value] of answers) {
        expectAt(problemsOf(model, answered, value), at)
        expectAt(answerProblems(model, action, xmlOf(model, action, value as Members)), at)
      }
    },
  )

  test('takes what is just within every bound', () => {
    const Tags = Array.from({ length: 50 }, (_, index) => ({
      Key: `${index}`.padEnd(128, 'k'),
      Value: 'v'.repeat(256),
    }))
    const most = {
      RoleArn: `arn:${'x'.repeat(2044)}`,
      RoleSessionName: 'a'.repeat(64),
      DurationSeconds: 43_200,
      Tags,
      ExternalId: 'e'.repeat(1224),
    }
    const least = {
      RoleArn: 'a'.repeat(20),
      RoleSessionName: 'ab',
      DurationSeconds: 900,
      Policy: '{',
      Tags: [{ Key: 'k', Value: '' }],
    }
    for (const input of [most, least])
      expect(requestProblems(model, formOf('AssumeRole', input, '2011-06-15'))).toEqual([])
    // Beyond U+FFFF a character is one.
    expect(problemsOf(model, 'arnType', '😀'.repeat(2048))).toEqual([])
    expect(problemsOf(model, 'arnType', '😀'.repeat(2049))).toHaveLength(1)
  })

  const role =
    'Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/x&RoleSessionName=ab'
  test.each([
    ['a parameter twice', `${role}&RoleArn=x`],
    ['another version', role.replace('2011', '2012')],
    ['an operation that is none', role.replace('AssumeRole', 'AssumeRoles')],
    ['a gap in a list', `${role}&TransitiveTagKeys.member.2=k`],
    ['a list from 0', `${role}&TransitiveTagKeys.member.0=k`],
    ['a list without "member"', `${role}&TransitiveTagKeys.1=k`],
    ['an empty list', `${role}&TransitiveTagKeys=`],
    ['another case', `${role}&PolicyArns.member.1.Arn=arn:aws:iam::aws:policy/ReadOnlyAccess`],
    ['a member below text', `${role}&SourceIdentity.x=ab`],
  ])('takes no form with %s', (_, body) => {
    expect(requestProblems(model, new URLSearchParams(role))).toEqual([])
    expect(requestProblems(model, new URLSearchParams(body))).toHaveLength(1)
  })

  const xml =
    stsModel === undefined
      ? ''
      : xmlOf(model, 'GetCallerIdentity', { Account: '1', Arn: `arn:aws:iam::1:user/A&B`, UserId: 'A' })
  test.each<[string, string]>([
    ['another namespace', xml.replace('2011-06-15', '2012-06-15')],
    ['another wrapper', xml.replaceAll('Result>', 'Results>')],
    ['another root', xml.replaceAll('Response>', 'Answer>').replace('Response ', 'Answer ')],
    ['no request id', xml.replace(/<RequestId>.*<\/RequestId>/, '')],
    ['an element twice', xml.replace('<Account>1</Account>', '<Account>1</Account><Account>1</Account>')],
    ['text between elements', xml.replace('<Account>', 'x<Account>')],
    ['an element within text', xml.replace('<Account>1', '<Account><b>1</b>')],
    ['no end', xml.slice(0, -1)],
    ['two roots', `${xml}<a/>`],
    ['a bare ampersand', xml.replace('A&#38;B', 'A&B')],
    ['what XML cannot say', xml.replace('A&#38;B', 'A&#1;B')],
  ])('takes no XML with %s', (_, changed) => {
    expect(answerProblems(model, 'GetCallerIdentity', xml)).toEqual([])
    expect(answerProblems(model, 'GetCallerIdentity', changed)).toHaveLength(1)
  })
})

describe.skipIf(stsModel === undefined)('the validator of errors', () => {
  const errorOf = (code: string, type = 'Sender') =>
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${type}</Type><Code>${code}</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>`
  const problems = (action: string, status: number, xml: string) => errorProblems(model, action, status, xml)

  test.each([
    ['AssumeRole', 'PackedPolicyTooLarge', 400],
    ['AssumeRole', 'AccessDenied', 403],
    ['AssumeRoleWithWebIdentity', 'IDPRejectedClaim', 403],
    ['AssumeRoleWithWebIdentity', 'ExpiredTokenException', 400],
    ['GetCallerIdentity', 'InvalidClientTokenId', 403],
  ])('takes %s’s %s with its status alone', (action, code, status) => {
    expect(problems(action, status, errorOf(code))).toEqual([])
    expect(problems(action, status + 1, errorOf(code))).toHaveLength(1)
    expect(problems(action, status, errorOf(code, 'Receiver'))).toHaveLength(1)
  })

  test('takes no error of another operation, and none that nobody has', () => {
    expect(problems('GetCallerIdentity', 403, errorOf('IDPRejectedClaim'))).toHaveLength(1)
    expect(problems('AssumeRole', 400, errorOf('PackedPolicyTooLargeException'))).toHaveLength(1)
    expect(problems('AssumeRole', 500, errorOf('InternalFailure', 'Receiver'))).toEqual([])
    expect(problems('AssumeRole', 500, errorOf('InternalFailure'))).toHaveLength(1)
  })

  test.each<[string, (xml: string) => string]>([
    ['no message', (xml) => xml.replace('<Message>m</Message>', '')],
    ['an empty message', (xml) => xml.replace('>m<', '><')],
    ['a member more', (xml) => xml.replace('<Code>', '<Detail>x</Detail><Code>')],
    ['no request id', (xml) => xml.replace('<RequestId>r</RequestId>', '')],
    ['no envelope', (xml) => xml.replaceAll('ErrorResponse', 'Response')],
    ['no namespace', (xml) => xml.replace(/ xmlns="[^"]*"/, '')],
  ])('takes none with %s', (_, change) => {
    expect(problems('AssumeRole', 403, change(errorOf('AccessDenied')))).toHaveLength(1)
  })
})
