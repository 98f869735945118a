import { createHash, randomUUID } from 'node:crypto'
import type { Issuer } from '../../shared/access/access.ts'
import {
  answerDocument,
  type ClaimSet,
  type IssuerSettings,
  type LocalIssuer,
  lifetime,
  type SignOptions,
} from './issuer.ts'
import { createKeyRing, signWith } from './keys.ts'

/** github.com's issuer, a GHE.com tenant's, and either with an enterprise's slug (facts G). */
export function isGithub(issuer: Issuer): boolean {
  return /^https:\/\/token\.actions\.(githubusercontent\.com|[^./]+\.ghe\.com)(\/[^/]+)?$/.test(issuer.iss)
}

/** The tokens of GitHub Actions: one RSA key, five minutes, and every claim but the times a string. */
export async function createGithubIssuer({ issuer, url, nowMs }: IssuerSettings): Promise<LocalIssuer> {
  const ring = await createKeyRing({ job: { family: 'RSA', alg: 'RS256' } })
  return {
    async sign(claims, options) {
      const filled = options.raw ? {} : fill(issuer, claims, options, lifetime(nowMs(), options, 300))
      const key = ring.signer('job')
      return signWith(key, { typ: 'JWT', alg: 'RS256', kid: key.kid }, { ...filled, ...claims }, options)
    },
    rotate: ring.rotate,
    answer: (path, _request, response) =>
      answerDocument(path, response, { discovery: discovery(issuer.iss, url), jwks: ring.jwks() }),
  }
}

function fill(
  issuer: Issuer,
  claims: ClaimSet,
  options: SignOptions,
  times: { iat: number; exp: number },
): ClaimSet {
  const run = runOf(claims)
  const workflow = `${run.repository}/.github/workflows/sample.yml@${run.ref}`
  return {
    jti: randomUUID(),
    sub: subject({ ...run, ...claims }, options.shape === 'legacy-subject'),
    aud: issuer.audience?.[0] ?? `https://github.com/${run.repository_owner}`,
    iss: issuer.iss,
    ...run,
    repository_visibility: 'private',
    workflow: 'sample',
    workflow_ref: workflow,
    workflow_sha: run.sha,
    job_workflow_ref: workflow,
    job_workflow_sha: run.sha,
    actor: 'sample',
    actor_id: '1001',
    run_id: '9000000001',
    run_number: '1',
    run_attempt: '1',
    check_run_id: '9000000002',
    runner_environment: 'github-hosted',
    nbf: times.iat - 600,
    ...times,
  }
}

/** The claims that hang together: what is given decides the rest. */
function runOf(claims: ClaimSet) {
  const given = text(claims.repository)?.split('/')
  const owner = text(claims.repository_owner) ?? given?.[0] ?? 'sample-org'
  const repository = text(claims.repository) ?? `${owner}/sample`
  const ref = text(claims.ref) ?? 'refs/heads/main'
  return {
    repository,
    repository_owner: owner,
    repository_id: text(claims.repository_id) ?? '700000001',
    repository_owner_id: text(claims.repository_owner_id) ?? '500000001',
    ref,
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: 'false',
    event_name: text(claims.event_name) ?? 'push',
    base_ref: '',
    head_ref: '',
    sha: createHash('sha1').update(`${repository}@${ref}`).digest('hex'),
  }
}

/** Since 15 July 2026 with the ids of owner and repository; before, and where a repository is older, without. */
function subject(claims: ClaimSet & ReturnType<typeof runOf>, legacy: boolean): string {
  const [owner = '', name = ''] = claims.repository.split('/')
  const repository = legacy
    ? `${owner}/${name}`
    : `${owner}@${claims.repository_owner_id}/${name}@${claims.repository_id}`
  return `repo:${repository}:${context(claims)}`
}

/** The environment beats the rest, and a `:` inside a value is written `%3A`. */
function context(claims: ClaimSet & ReturnType<typeof runOf>): string {
  if (typeof claims.environment === 'string')
    return `environment:${claims.environment.replaceAll(':', '%3A')}`
  if (claims.event_name === 'pull_request') return 'pull_request'
  return `ref:${claims.ref.replaceAll(':', '%3A')}`
}

function text(value: ClaimSet[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function discovery(iss: string, url: string) {
  return {
    issuer: iss,
    jwks_uri: `${url}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    claims_supported: [
      'sub',
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'nbf',
      'ref',
      'sha',
      'repository',
      'repository_id',
    ],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  }
}
