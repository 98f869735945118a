/**
 * Whether an audience is STS's, of any partition and in any spelling: what IAM's OIDC providers are told to take. Its
 * words alone count, whatever scheme, user, port, path, case or dots stand between them.
 */
export function isStsAudience(audience: string): boolean {
  const words = audience
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^a-z0-9-]+/)
  return words.some((word) => /^sts(?:-fips)?$/.test(word)) && words.some((word) => ofAws.test(word))
}

/** amazonaws.com, api.aws, amazonwebservices.com.cn, the isolated partitions' c2s.ic.gov and sc2s.sgov.gov. */
const ofAws = /aws|amazon|c2s/
