/** A user pool's issuer URL (facts E); the China regions have a domain of their own. */
export function cognitoIssuerUrl(userPoolId: string): string {
  const region = userPoolId.slice(0, userPoolId.indexOf('_'))
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `https://cognito-idp.${region}.${domain}/${userPoolId}`
}
