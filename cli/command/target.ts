import { inlinePolicyOf, type TargetRole, targetRoles, targetTemplate } from '../../bundle/target-template.ts'
import { maxTrustPolicyLength } from '../../bundle/trust-policy.ts'
import type { Access } from '../../shared/access/access.ts'
import { roleName } from '../../shared/manifest/part.ts'
import { readArguments, wrong } from '../arguments.ts'
import { type Command, CommandError, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { type Compiled, compileAccess, compileOptions, varsOption } from '../manifest-file.ts'
import { mustShareItsPartition, readBroker } from '../target/broker-arn.ts'
import { templateText } from '../target/template-text.ts'
import { writeWhole } from '../write-whole.ts'

const spec: CommandSpec = {
  name: 'target',
  summary: 'Print a CloudFormation template of the AWS roles that are lent.',
  about: [
    'Deploy it in the account of the AWS roles. Each trusts the broker as `postern trust-policy` says, and may do what ' +
      'the scopes of the roles that lend it allow together, and nothing else: claims in them become tags of the session ' +
      'where the role passes such tags, and * elsewhere.',
    'A role with scopes: null does not say what its AWS role may do: the template then has a parameter for managed policies.',
    'docs/credentials.md says what the template cannot bound.',
  ],
  options: {
    ...compileOptions,
    broker: { value: 'ARN', about: "The broker's execution role.", required: true },
    account: {
      value: 'ID',
      about: 'The account whose AWS roles are wanted. Default: that of all of them, if it is one.',
    },
    vars: varsOption,
    out: { value: 'FILE', about: 'Write to this file. Default: standard output.' },
  },
  examples: [
    'postern target --access access.yml --broker arn:aws:iam::123456789012:role/broker > target.yml',
    'postern target --access access.yml --broker "$BROKER_ARN" --account 123456789012 --out target.yml',
  ],
  exitCodes: {
    0: 'printed or written',
    1: 'the manifest does not hold, or lends no AWS role there, or none that IAM would take or the broker could assume',
    3: 'a file cannot be read or written',
  },
}

export const targetCommand: Command = {
  spec,
  run(words) {
    const args = readArguments(spec, words)
    const broker = readBroker(spec, args)
    const asked = args.option('account')
    if (asked !== undefined && !/^\d{12}$/.test(asked))
      throw wrong(spec, '--account is the twelve digits of an account')
    const compiled = compileAccess(spec, args)
    const account = accountOf(compiled.access, asked)
    const roles = targetRoles(compiled.access, account, broker)
    for (const role of roles) {
      mustShareItsPartition(broker, role.arn)
      mustFit(role)
    }
    mustDiffer(roles)
    const warnings = roles.flatMap(trustTooLong)
    const template = targetTemplate(roles, aboutRoles(compiled), account)
    const text = templateText(template, roles, account, broker, warnings)
    const stderr = warnings.map((one) => `postern: ${one}\n`).join('')
    const file = args.option('out')
    if (file !== undefined) writeWhole(file, text)
    const stdout = file === undefined ? text : `${file} written\n`
    return { exitCode: exit.ok, stdout, ...(stderr !== '' && { stderr }) }
  },
}

function accountOf({ roles }: Access, asked: string | undefined): string {
  const arns = roles.flatMap(({ credentials }) => credentials?.roleArn ?? [])
  const accounts = [...new Set(arns.map((arn) => arn.split(':')[4] as string))].sort()
  const [only, ...others] = accounts
  if (only === undefined)
    throw new CommandError(exit.no, 'no role of the manifest lends an AWS role', 'give a role credentials')
  const known = accounts.join(', ')
  if (asked !== undefined && !accounts.includes(asked))
    throw new CommandError(exit.no, `no AWS role of the account ${asked} is lent`, `name one of ${known}`)
  if (asked === undefined && others.length > 0)
    throw wrong(spec, `the manifest lends AWS roles of the accounts ${known}: name one with --account`)
  return asked ?? only
}

function aboutRoles({ loaded }: Compiled) {
  return new Map(
    loaded.parts.flatMap((part) =>
      Object.entries(part.manifest.roles ?? {}).map(
        ([name, about]) => [roleName(part, name), about] as const,
      ),
    ),
  )
}

/** IAM's quota for all inline policies of a role, white space apart; it cannot be raised. */
const maxInlineLength = 10_240

function mustFit(role: TargetRole): void {
  const { length } = JSON.stringify(inlinePolicyOf(role) ?? {})
  if (length <= maxInlineLength) return
  throw new CommandError(
    exit.no,
    `the scopes of ${role.lenders.join(', ')} are ${length} characters together, and IAM takes ${maxInlineLength} in the inline policies of ${role.name}`,
    'lend several AWS roles instead of one',
  )
}

/** A path does not tell names apart, and neither does case. */
function mustDiffer(roles: readonly TargetRole[]): void {
  const seen = new Map<string, string>()
  for (const { name, arn } of roles) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined)
      throw new CommandError(
        exit.no,
        `${other} and ${arn} cannot both be: an account has one role of a name, whatever its path and case`,
        'lend one of them, or name the other otherwise',
      )
    seen.set(name.toLowerCase(), arn)
  }
}

function trustTooLong({ name, trust }: TargetRole): readonly string[] {
  const { length } = JSON.stringify(trust)
  if (length <= maxTrustPolicyLength) return []
  return [
    `the trust policy of ${name} has ${length} characters, and IAM takes ${maxTrustPolicyLength} unless the account's quota is higher`,
  ]
}
