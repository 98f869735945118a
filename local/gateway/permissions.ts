import type { Template } from './template.ts'
import { matchesWildcard } from './wildcard.ts'

/**
 * Whether an AWS::Lambda::Permission lets API Gateway invoke a function for a source. Forgetting one is the
 * commonest way to a 500 on AWS, so it is one here too.
 */
export function readPermissions(template: Template): (functionId: string, sourceArn: string) => boolean {
  const permissions = template
    .parts('AWS::Lambda::Permission')
    .filter(({ properties }) => properties.Principal === 'apigateway.amazonaws.com')
    .filter(({ properties }) => ['lambda:InvokeFunction', 'lambda:*'].includes(String(properties.Action)))
    .map(({ logicalId, properties }) => ({
      functionId: template.functionOf(properties.FunctionName, logicalId),
      sourceArn: String(properties.SourceArn ?? '*'),
    }))
  return (functionId, sourceArn) =>
    permissions.some((each) => each.functionId === functionId && matchesWildcard(each.sourceArn, sourceArn))
}
