import { arnOfName } from './lambda-arns.ts'
import type { FunctionReference } from './model.ts'
import type { Template } from './template.ts'
import { matchesWildcard } from './wildcard.ts'

export type MayInvoke = (called: FunctionReference, sourceArn: string) => boolean

/**
 * Whether an AWS::Lambda::Permission lets API Gateway invoke a function for a source. Forgetting one is the
 * commonest way to a 500 on AWS, so it is one here too. One on an alias is not one on the function, nor the reverse:
 * Lambda keeps a policy for each.
 */
export function readPermissions(template: Template): MayInvoke {
  const permissions = template
    .parts('AWS::Lambda::Permission')
    .filter(({ properties }) => properties.Principal === 'apigateway.amazonaws.com')
    .filter(({ properties }) => ['lambda:InvokeFunction', 'lambda:*'].includes(String(properties.Action)))
    .map(({ logicalId, properties }) => ({
      // Unlike a URI, a permission may go by the mere name.
      ...template.functionOf(arnOfName(String(properties.FunctionName), template.place), logicalId),
      sourceArn: String(properties.SourceArn ?? '*'),
    }))
  return ({ functionId, alias }, sourceArn) =>
    permissions.some(
      (each) =>
        each.functionId === functionId && each.alias === alias && matchesWildcard(each.sourceArn, sourceArn),
    )
}
