import { refused } from './versions.ts'

/** The members of requests that are read here, as the API's model has them. */
export type Input = {
  readonly SecretId?: string
  readonly Name?: string
  readonly VersionId?: string
  readonly VersionStage?: string
  readonly ClientRequestToken?: string
  readonly SecretString?: string
  readonly VersionStages?: readonly string[]
  readonly MoveToVersionId?: string
  readonly RemoveFromVersionId?: string
  readonly RotationLambdaARN?: string
  readonly RotationRules?: { readonly AutomaticallyAfterDays?: number; readonly ScheduleExpression?: string }
  readonly RotateImmediately?: boolean
}

/** Reads and checks a request by the lengths and ranges of the API (facts D2). */
export function readInput(operation: string, body: string): Input {
  const input = parse(body)
  const required = operation === 'CreateSecret' ? 'Name' : 'SecretId'
  if (typeof input[required] !== 'string' || input[required] === '')
    throw invalid(`Invalid ${required}. It must be given.`)
  if (operation === 'UpdateSecretVersionStage' && input.VersionStage === undefined)
    throw invalid('VersionStage must be given.')
  for (const name of ['ClientRequestToken', 'VersionId', 'MoveToVersionId', 'RemoveFromVersionId'] as const)
    checkLength(name, input[name], 32, 64)
  checkLength('SecretId', input.SecretId, 1, 2048)
  checkLength('SecretString', input.SecretString, 1, 65_536)
  checkLength('VersionStage', input.VersionStage, 1, 256)
  if (operation === 'PutSecretValue' && input.SecretString === undefined)
    throw invalid('You must provide either SecretString or SecretBinary.')
  const { VersionStages } = input
  if (VersionStages !== undefined && (VersionStages.length < 1 || VersionStages.length > 20))
    throw invalid('VersionStages must have 1 to 20 members.')
  const days = input.RotationRules?.AutomaticallyAfterDays
  if (days !== undefined && !(days >= 1 && days <= 1000))
    throw invalid('RotationRules.AutomaticallyAfterDays must be within 1-1000.')
  return input
}

function parse(body: string): Input {
  try {
    return JSON.parse(body)
  } catch {
    throw refused('SerializationException', 'The request is not JSON.')
  }
}

function checkLength(name: string, value: string | undefined, least: number, most: number): void {
  if (value === undefined || (value.length >= least && value.length <= most)) return
  throw invalid(`${name} must be ${least}-${most} characters long.`)
}

function invalid(message: string) {
  return refused('InvalidParameterException', message)
}
