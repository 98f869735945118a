import { stringify } from 'yaml'
import { managedPoliciesParameter, type TargetRole } from '../../bundle/target-template.ts'

/** The template behind a comment that says what made it, what to do with it, and what it cannot say. */
export function templateText(
  template: object,
  roles: readonly TargetRole[],
  account: string,
  broker: string,
  warnings: readonly string[],
): string {
  // As YAML 1.1, which CloudFormation reads: it takes more words for dates, numbers and yes or no, which then stand in quotes.
  const body = stringify(template, { schema: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false })
  const head = [
    `AWS roles of the account ${account}, as Postern's manifest lends them.`,
    `Made by "postern target"; make it again when the manifest changes, and do not edit it.`,
    '',
    `The broker's role has to be there first: ${broker}`,
    `Then, with the keys of ${account}:`,
    `  ${deploy(roles, body)}`,
    'An AWS role of the same name that is there already is to be deleted or imported into the stack first.',
    ...provider(roles),
    ...roles.flatMap(notes),
    ...warnings.flatMap((warning) => ['', `Warning: ${warning}`]),
  ]
  const comment = head.map((line) => (line === '' ? '#' : `# ${line}`)).join('\n')
  return `${comment}\n${body}`
}

/** What CloudFormation takes without a bucket, in bytes; our comment comes on top. */
const maxBodyBytes = 51_200 - 4096

function deploy(roles: readonly TargetRole[], body: string): string {
  const bucket = Buffer.byteLength(body) > maxBodyBytes ? ' --s3-bucket BUCKET' : ''
  const whole = roles.filter(({ isLentWhole }) => isLentWhole)
  const parameters = whole.map((role) => ` ${managedPoliciesParameter(role)}=ARN,ARN`).join('')
  const overrides = parameters === '' ? '' : ` --parameter-overrides${parameters}`
  return `aws cloudformation deploy --stack-name postern-target --template-file FILE --capabilities CAPABILITY_NAMED_IAM${bucket}${overrides}`
}

/** An account has one of an address, so that a second stack, or one made anew, finds it taken. */
function provider(roles: readonly TargetRole[]): readonly string[] {
  const found = roles.flatMap((role) => role.provider ?? [])[0]
  if (found === undefined) return []
  return [
    '',
    `IAM's OIDC provider of ${found.url} comes with it. Where the account has it already, take PosternOidcProvider out.`,
    'Without CloudFormation it is made by:',
    `  aws iam create-open-id-connect-provider --url ${found.url} --client-id-list ${found.audience}`,
  ]
}

function notes(role: TargetRole): readonly string[] {
  const { open, dropped } = role.bound
  const lines = [
    open.length > 0 && `  * stands for these claims, as no tag of the session holds them: ${open.join(', ')}`,
    dropped.length > 0 &&
      `  without these conditions, as no wildcard is wide enough there: ${dropped.join(', ')}`,
    role.isLentWhole &&
      `  lent unnarrowed: ${managedPoliciesParameter(role)} says what it may do, and has no default`,
    role.hasPolicyArns && '  its policyArns narrow sessions and grant nothing: they are not attached',
  ].filter((line) => line !== false)
  return lines.length === 0 ? [] : ['', `${role.name}:`, ...lines]
}
