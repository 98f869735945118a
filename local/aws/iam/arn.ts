/** The six parts of an ARN, of which the last may hold colons; `undefined` for what is none. */
export function splitArn(arn: string): readonly string[] | undefined {
  const parts = arn.split(':')
  if (parts.length < 6 || parts[0] !== 'arn') return undefined
  return [...parts.slice(0, 5), parts.slice(5).join(':')]
}

export type RoleArn = {
  readonly partition: string
  readonly account: string
  /** `orders/exporter` of `role/orders/exporter` is a path and a name: `exporter`. */
  readonly name: string
}

/** A role's ARN taken apart; `undefined` for every other text. */
export function readRoleArn(arn: string): RoleArn | undefined {
  const found = /^arn:(aws(?:-[a-z]+)*):iam::(\d{12}):role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/.exec(arn)
  if (found === null) return undefined
  const [, partition = '', account = '', name = ''] = found
  return { partition, account, name }
}

/** `arn:aws:sts::123456789012:assumed-role/exporter/session`; the path of the role is not in it. */
export function readSessionArn(arn: string): (RoleArn & { readonly session: string }) | undefined {
  const found =
    /^arn:(aws(?:-[a-z]+)*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{2,64})$/.exec(arn)
  if (found === null) return undefined
  const [, partition = '', account = '', name = '', session = ''] = found
  return { partition, account, name, session }
}
