import type { Pattern } from '../../shared/access/access.ts'
import type { LoadedPart } from '../../shared/manifest/part.ts'
import { isWithinPatterns } from '../../shared/manifest/pattern-language.ts'
import { requestBeyond } from '../../shared/manifest/route-language.ts'
import { readRoute } from '../../shared/manifest/route-text.ts'
import { type Change, change } from './change.ts'

type Allow = NonNullable<LoadedPart['allow']>

/** Longest session of an app whose bound does not say one. */
const defaultMaxSeconds = 3600

/** What an app may hand out without a change of the root: compared by what its bounds take, not by how they read. */
export function boundChanges(old: LoadedPart | undefined, now: LoadedPart | undefined): readonly Change[] {
  if (old?.allow === undefined || now?.allow === undefined) return []
  const about = { app: now.name }
  return [
    ...beyond(old.allow, now.allow).map(({ text, example }) =>
      change('bound_widened', `the app ${now.name} may hand out ${text}`, { ...about, ...example }),
    ),
    ...beyond(now.allow, old.allow).map(({ text, example }) =>
      change('bound_narrowed', `the app ${now.name} may hand out no longer ${text}`, {
        ...about,
        ...example,
      }),
    ),
  ]
}

type Beyond = { readonly text: string; readonly example?: { readonly example: string } }

/** What the second bound lets out and the first does not. */
function beyond(first: Allow, second: Allow): readonly Beyond[] {
  const bounds = (first.routes ?? []).flatMap(routeOf)
  const found: Beyond[] = (second.routes ?? []).flatMap((text) =>
    routeOf(text).flatMap((route) => {
      const example = requestBeyond(route, bounds)
      return example === undefined
        ? []
        : [{ text: `${text}${example === text ? '' : ` (as in ${example})`}`, example: { example } }]
    }),
  )
  const roles = (first.awsRoles ?? []).map(arnPattern)
  for (const role of second.awsRoles ?? [])
    if (!isWithinPatterns(arnPattern(role), roles)) found.push({ text: `the AWS role ${role}` })
  for (const issuer of lacking(first.issuers, second.issuers))
    found.push({ text: `trust in the issuer ${issuer}` })
  // STS compares tag keys without regard to case (facts B1).
  for (const tag of lacking(first.tags?.map(lower), second.tags?.map(lower)))
    found.push({ text: `the session tag ${tag}` })
  const seconds = second.maxDurationSeconds ?? defaultMaxSeconds
  if (seconds > (first.maxDurationSeconds ?? defaultMaxSeconds))
    found.push({ text: `sessions of ${seconds} seconds` })
  return found
}

function routeOf(text: string) {
  const read = readRoute(text)
  return 'route' in read ? [read.route] : []
}

/** Of an ARN, `*` stands for any text. */
function arnPattern(arn: string): Pattern {
  return arn.split('*').flatMap((piece, at): Pattern => (at === 0 ? [piece] : [2, piece]))
}

const lower = (text: string): string => text.toLowerCase()

function lacking(first: readonly string[] = [], second: readonly string[] = []): readonly string[] {
  return second.filter((one) => !first.includes(one))
}
