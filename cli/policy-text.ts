import { type Grants, verdictsOf } from '../shared/gateway/grants.ts'
import type { PolicyDocument, RouteTable } from '../shared/gateway/policy.ts'
import type { Effect } from '../shared/gateway/resource.ts'
import { methods } from '../shared/gateway/route.ts'
import { labelsFor, routeStates } from '../shared/gateway/route-states.ts'
import { placesOf } from '../shared/gateway/walk.ts'
import { everyMethod, type Pattern, readerOf, some } from '../shared/gateway/words.ts'
import { namesOf } from '../shared/manifest/route-text.ts'

/** A document as JSON with a comment above each Resource that says what it is for. */
export function policyText(
  document: PolicyDocument,
  prefix: string,
  table: RouteTable,
  grants: Grants,
): string {
  const purpose = purposes(table, grants)
  const statements = document.Statement.map(({ Effect, Action, Resource }) => {
    const lines = Resource.map((resource, at) => {
      const comma = at < Resource.length - 1 ? ',' : ''
      const about = purpose(Effect, resource.slice(prefix.length + 1))
      return `        // ${about}\n        ${JSON.stringify(resource)}${comma}`
    })
    const head = `      "Effect": ${JSON.stringify(Effect)},\n      "Action": ${JSON.stringify(Action)},\n`
    return `    {\n${head}      "Resource": [\n${lines.join('\n')}\n      ]\n    }`
  })
  return `{\n  "Version": ${JSON.stringify(document.Version)},\n  "Statement": [\n${statements.join(',\n')}\n  ]\n}\n`
}

function purposes({ tree, api }: RouteTable, grants: Grants): (effect: Effect, resource: string) => string {
  const states = routeStates(tree, api, labelsFor(tree, grants.own))
  const { granted, refused } = verdictsOf(states, grants)
  return (effect, resource) => {
    if (resource === '*') return 'no role of the caller grants a route: everything is denied'
    const crooked = crookedTexts[resource]
    if (effect === 'Deny' && crooked !== undefined) return `no canonical path: ${crooked}`
    const pattern = patternOf(resource)
    const taken = { granted: new Set<string>(), refused: new Set<string>() }
    placesOf(
      states,
      readerOf(pattern),
      () => false,
      ({ state }) => {
        for (const [bit, candidates] of state.candidates.entries()) {
          if ((pattern.methods & (1 << bit)) === 0) continue
          const isGranted = ((granted[state.at] as number) & (1 << bit)) !== 0
          const isRefused = ((refused[state.at] as number) & (1 << bit)) !== 0
          const into = isGranted ? taken.granted : isRefused ? taken.refused : undefined
          for (const { route } of candidates) into?.add(route)
        }
      },
    )
    if (effect === 'Allow') return listed(taken.granted)
    const costs = taken.granted.size === 0 ? '' : `; takes requests of ${listed(taken.granted)} along`
    return taken.refused.size === 0
      ? `no route of the API${costs}`
      : `not granted: ${listed(taken.refused)}${costs}`
  }
}

function listed(routes: ReadonlySet<string>): string {
  return namesOf([...routes].map((text) => ({ text })))
}

/** The pattern that a Resource below the prefix was made of. */
function patternOf(resource: string): Pattern {
  const slash = resource.indexOf('/')
  const [method, path] = [resource.slice(0, slash), resource.slice(slash + 1)]
  const words = path === '' ? [] : path.split('/').map((word) => (/^\??\*$/.test(word) ? some : word))
  const bit = (methods as readonly string[]).indexOf(method)
  return { words, methods: bit === -1 ? everyMethod : 1 << bit, anywhere: bit === -1 }
}

/** Why each of the crooked spellings is denied. */
export const crookedTexts: Readonly<Record<string, string>> = {
  '*//*': 'an empty segment',
  '*/;*': 'an empty segment to those who cut parameters off',
  '*/./*': 'a dot segment',
  '*/.;*': 'a dot segment to those who cut parameters off',
  '*/../*': 'a dot-dot segment',
  '*/..;*': 'a dot-dot segment to those who cut parameters off',
  '*/*/': 'a trailing slash',
  '*/.': 'a last dot segment',
  '*/..': 'a last dot-dot segment',
  '*%*': 'a percent escape',
  '*\\*': 'a backslash',
  '*#*': 'a fragment',
}
