import { maxTrustPolicyLength, type TrustPolicy, trustPolicyOf } from '../../bundle/trust-policy.ts'
import type { Access } from '../../shared/access/access.ts'
import { didYouMean } from '../../shared/manifest/spelling.ts'
import { readArguments, wrong } from '../arguments.ts'
import { type Command, CommandError, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { jsonText } from '../json-text.ts'
import { compileAccess, compileOptions, varsOption } from '../manifest-file.ts'
import { mustShareItsPartition, readBroker } from '../target/broker-arn.ts'

const spec: CommandSpec = {
  name: 'trust-policy',
  summary: 'Print the trust policy that an AWS role needs to be lent.',
  about: [
    'Put it on the AWS role that the role of the manifest lends. It lets the broker assume that AWS role with the ' +
      "manifest's external id and tags, in the name of callers of the issuers that the manifest trusts with it, and " +
      'nobody else. Where several roles lend the AWS role, it covers them all.',
    "What is lent via web-identity trusts tokens of Postern's OIDC provider, for STS and of the roles that lend it.",
    'docs/credentials.md says what else the AWS side needs.',
  ],
  options: {
    ...compileOptions,
    role: {
      value: 'NAME',
      about: 'The role that lends it, as in orders-exporter or billing.reader; or the ARN of the AWS role.',
      required: true,
    },
    broker: { value: 'ARN', about: "The broker's execution role.", required: true },
    vars: varsOption,
  },
  examples: [
    'postern trust-policy --access access.yml --role exporter --broker arn:aws:iam::123456789012:role/broker',
    'postern trust-policy --access access.yml --role billing.reader --broker "$BROKER_ARN" > trust.json',
  ],
  exitCodes: {
    0: 'printed',
    1: 'the manifest does not hold, the role lends no AWS role, or one that the broker cannot assume',
    3: 'a file cannot be read',
  },
}

export const trustPolicyCommand: Command = {
  spec,
  run(words) {
    const args = readArguments(spec, words)
    const broker = readBroker(spec, args)
    const { access } = compileAccess(spec, args)
    const policy = policyFor(access, args.required('role'), broker)
    return { exitCode: exit.ok, stdout: jsonText(policy), ...tooLong(policy) }
  },
}

function policyFor(access: Access, lender: string, broker: string): TrustPolicy {
  const policy = trustPolicyOf(access, lender, broker)
  if (policy !== undefined) {
    mustShareItsPartition(broker, awsRoleOf(access, lender))
    return policy
  }
  const lending = access.roles.filter(({ credentials }) => credentials !== undefined).map(({ name }) => name)
  const known = lending.length === 0 ? 'none of the manifest does' : `these do: ${lending.join(', ')}`
  if (lender.startsWith('arn:'))
    throw new CommandError(exit.no, 'no role lends that AWS role', `name a role that lends one; ${known}`)
  const role = access.roles.find(({ name }) => name === lender)
  if (role === undefined) {
    const near = didYouMean(
      lender,
      access.roles.map(({ name }) => name),
    )
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    throw wrong(spec, `--role names "${lender}", which is no role of the manifest${hint}`)
  }
  const included = (role.lends ?? []).flatMap((at) => access.roles[at]?.name ?? [])
  const mend =
    included.length > 0 ? `name one that it includes: ${included.join(', ')}` : `name one that does; ${known}`
  throw new CommandError(exit.no, `the role "${lender}" lends no AWS role itself`, mend)
}

function awsRoleOf({ roles }: Access, lender: string): string {
  const role = roles.find(({ name }) => name === lender)
  return role?.credentials?.roleArn ?? lender
}

function tooLong(policy: TrustPolicy): { readonly stderr?: string } {
  const { length } = JSON.stringify(policy)
  if (length <= maxTrustPolicyLength) return {}
  const message = `the policy has ${length} characters, and IAM takes ${maxTrustPolicyLength} unless the account's quota is higher`
  return {
    stderr: `postern: ${message}\n  mend: lend several AWS roles instead of one, or have the quota raised\n`,
  }
}
