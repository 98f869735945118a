import type { App } from '../shared/access/access.ts'

/** A template's resources by their logical ids. */
export type Resources = Record<string, { Type: string; Properties: object }>

export const arnOf = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] })
export const uriOf = (arn: object) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':apigateway:', { Ref: 'AWS::Region' }, ':lambda:path/2015-03-31/functions/', arn, '/invocations']], // biome-ignore format: one address
})
export const functionUri = (name: string) => uriOf(arnOf(name))

/** Where the token is on the wire: a cookie travels in a header. */
export function sourceOf({ place, name }: App['token']): {
  readonly kind: 'header' | 'querystring'
  readonly name: string
} {
  if (place === 'query') return { kind: 'querystring', name }
  return { kind: 'header', name: place === 'cookie' ? 'Cookie' : name }
}
