import { type Arguments, wrong } from '../arguments.ts'
import { CommandError, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'

const roleArn = /^arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,1900}$/

/** The ARN of `--broker`. Throws a CommandError for what is no one role. */
export function readBroker(spec: CommandSpec, args: Arguments): string {
  const arn = args.required('broker')
  if (roleArn.test(arn)) return arn
  const session = /^arn:[a-z-]+:sts::/.test(arn) ? ', not the session that a function has in it' : ''
  throw wrong(
    spec,
    `--broker is the ARN of the broker's execution role${session}, as in arn:aws:iam::123456789012:role/broker`,
  )
}

/** STS is one in each: no principal of another can be in a trust policy, and IAM refuses the text. */
export function mustShareItsPartition(broker: string, awsRole: string): void {
  const [there, here] = [awsRole, broker].map((arn) => arn.split(':')[1])
  if (there === here) return
  throw new CommandError(
    exit.no,
    `the broker is in the partition ${here} and the AWS role in ${there}: neither can trust the other`,
    `name the role of a broker that runs in ${there}, or lend an AWS role of ${here}`,
  )
}
