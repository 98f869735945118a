import { parseInstant } from './instant.ts'

/** IAM's own names for operators, with a set prefix and IfExists; of Null, which asks for absence, neither. */
export const conditionOperator =
  /^(?:Null|(?:(?:ForAllValues|ForAnyValue):)?(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|Numeric(?:Not)?Equals|Numeric(?:Less|Greater)Than(?:Equals)?|Date(?:Not)?Equals|Date(?:Less|Greater)Than(?:Equals)?|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?)$/

type Kind = { readonly takes: string; readonly test: (value: string) => boolean }

const kinds: readonly (readonly [name: RegExp, Kind])[] = [
  [/^(?:Null|Bool)/, { takes: "'true' or 'false'", test: (value) => /^(?:true|false)$/i.test(value) }],
  [/^Numeric/, { takes: "a number, as in '10'", test: (value) => /^-?\d+(?:\.\d+)?$/.test(value) }],
  [
    /^Date/,
    {
      takes: "an instant, as in '2027-03-31T00:00:00Z', or seconds since 1970",
      test: (value) =>
        /^\d+$/.test(value) || /^\d{4}-\d\d-\d\d$/.test(value) || parseInstant(value) !== undefined,
    },
  ],
  [/^(?:Not)?IpAddress/, { takes: "an address or a range, as in '203.0.113.0/24'", test: isRange }],
  [/^Arn/, { takes: 'an ARN', test: (value) => value === '*' || value.split(':').length >= 6 }],
]

/**
 * What an operator takes, where a literal value is nothing of the kind: IAM would refuse the policy, or compare to no
 * end. Values with claims or IAM's own variables in them are not looked at.
 */
export function wrongConditionValue(operator: string, value: string): string | undefined {
  if (value.includes('{')) return undefined
  const name = operator.replace(/^For(?:All|Any)Values?:/, '')
  const kind = kinds.find(([pattern]) => pattern.test(name))?.[1]
  return kind === undefined || kind.test(value) ? undefined : kind.takes
}

function isRange(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  const most = ipv4.test(address) ? 32 : URL.canParse(`http://[${address}]`) ? 128 : 0
  if (most === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
