import { resolveIntrinsics } from '../gateway/intrinsics.ts'
import { functionName } from '../gateway/lambda-arns.ts'
import { isRecord, resourcesOf, TemplateError } from '../gateway/resources.ts'

/** A function as the template declares it. */
export type FunctionDeclaration = {
  readonly logicalId: string
  readonly name: string
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly environment: Readonly<Record<string, string>>
}

/** The AWS::Lambda::Function resources of a packaged template. Defaults are Lambda's: 3 seconds, 128 MB. */
export function functionsOf(
  template: unknown,
  place = { region: 'eu-west-1', accountId: '123456789012' },
): readonly FunctionDeclaration[] {
  const resources = resourcesOf(template)
  return Object.entries(resources)
    .filter(([, resource]) => resource.Type === 'AWS::Lambda::Function')
    .map(([logicalId, resource]) => {
      const { Properties = {} } = resource
      const environment = isRecord(Properties.Environment) ? Properties.Environment.Variables : {}
      const variables = resolveIntrinsics(environment ?? {}, logicalId, resources, place)
      if (!isRecord(variables)) throw new TemplateError(logicalId, 'Environment.Variables is not a map')
      return {
        logicalId,
        name: functionName(logicalId, resource),
        timeoutMs: Number(Properties.Timeout ?? 3) * 1000,
        memoryMb: Number(Properties.MemorySize ?? 128),
        environment: Object.fromEntries(
          Object.entries(variables).map(([name, value]) => [name, String(value)]),
        ),
      }
    })
}
