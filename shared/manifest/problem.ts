import { printable } from './printable.ts'

/** Every code a problem or a warning of the manifest or of a template can have: closed, stable, never localised. */
export const problemCodes = [
  // Files and YAML.
  'file_unreadable',
  'file_too_large',
  'encoding_invalid',
  'json_invalid',
  'yaml_syntax',
  'yaml_tab',
  'yaml_braces',
  'yaml_quotes_needed',
  'yaml_alias',
  'yaml_anchor',
  'yaml_tag',
  'yaml_merge',
  'yaml_directive',
  'yaml_documents',
  'nested_too_deep',
  'duplicate_key',
  'key_not_text',
  'name_reserved',
  'value_missing',
  'boolean_slip',
  // Variables.
  'undefined_variable',
  'undeclared_variable',
  'variable_syntax',
  'variable_in_key',
  'variable_nested',
  // Shape.
  'version_unknown',
  'unknown_key',
  'key_missing',
  'type_invalid',
  'value_invalid',
  'number_unquoted',
  'number_leading_zero',
  'number_unsafe',
  'number_out_of_range',
  'empty_list',
  'empty_map',
  'duplicate_entry',
  'one_of_several',
  'name_invalid',
  // Issuers.
  'issuer_without_audience',
  'issuer_url_invalid',
  'issuers_overlap',
  'algorithm_unknown',
  'algorithm_forbidden',
  'keys_from_two_places',
  'tokens_missing',
  'audience_reserved',
  'audience_unknown',
  'overlap_too_long',
  'jwks_invalid',
  // API and routes.
  'route_invalid',
  'duplicate_route',
  'routes_file_invalid',
  'context_reserved',
  'simple_response_cached',
  // Apps.
  'app_unknown',
  'setting_in_two_places',
  'path_outside',
  'api_ids_without_apps',
  'beyond_allow',
  'apps_disagree',
  'apps_overlap',
  // Roles.
  'claim_name_invalid',
  'trust_without_claims',
  'any_subject_with_claims',
  'issuer_unknown',
  'instant_invalid',
  'role_unknown',
  'includes_cycle',
  'wildcard_in_role_arn',
  'duration_invalid',
  'tag_invalid',
  'template_invalid',
  'session_policy_too_large',
  // Warnings of `postern check`.
  'rule_expired',
  'trust_anybody',
  'rule_scanned',
  'claim_mutable',
  'star_beside_name',
  'issuer_unused',
  'role_unused',
  'role_without_owner',
  'role_without_routes',
  'session_short',
  'scopes_null',
  'scope_wide',
  'condition_met_by_absence',
  'aws_role_ambiguous',
  'broker_policy_too_large',
  'routes_unproven',
  'route_unreachable',
  'route_overlaps',
  'policy_narrowed',
  'policy_too_large',
  'variable_unused',
  // CloudFormation templates.
  'template_unknown',
  'resource_invalid',
  'resource_unresolved',
  'definition_elsewhere',
  'apis_missing',
  // A template held against the manifest.
  'route_unguarded',
  'route_public_guarded',
  'route_guarded_elsewhere',
  'route_ungranted',
  'authorizer_unseen',
  'identity_source_missing',
  'authorizer_ttl_too_long',
  'property_of_http_apis',
  'payload_unsupported',
  'response_mismatch',
  'routes_stale',
  'app_mismatch',
  'app_unproven',
] as const

export type ProblemCode = (typeof problemCodes)[number]

/** What is wrong, where (line and column count from 1) and how to mend it. */
export type Problem = {
  readonly code: ProblemCode
  readonly file: string
  readonly line: number
  readonly column: number
  /** The logical id, where it is about a resource of a template. */
  readonly resource?: string
  readonly message: string
  readonly mend: string
}

/** The manifest cannot be built. It carries all the problems found, in the order of the text. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const ordered = inOrder(problems)
    super(formatProblems(ordered))
    this.problems = ordered
  }
}

/** `access.yml:12:5: message`, with a template's resource in brackets, and the mend on a line of its own. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, resource, message, mend } = problem
  const about = resource === undefined ? '' : ` [${resource}]`
  return `${printable(`${file}:${line}:${column}: ${message}${about}`)}\n  mend: ${printable(mend)}`
}

export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n')
}

/**
 * By file and place, each place and code once: two checks may see one slip. Problems of a resource all stand where it
 * begins, so their messages tell them apart.
 */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set(problems.map((problem) => problem.file))]
  const seen = new Set<string>()
  return problems
    .filter((problem) => {
      const { code, file, line, column, resource } = problem
      const key = [code, file, line, column, resource && problem.message].join('\n')
      return !seen.has(key) && seen.add(key)
    })
    .sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column)
}
