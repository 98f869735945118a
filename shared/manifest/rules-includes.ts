import type { Report } from './rules.ts'
import { didYouMean } from './spelling.ts'
import { listAt, mapAt } from './tree.ts'

/** A role includes roles of its own manifest, and never itself by way of them. */
export function includeRules(top: unknown, report: Report): void {
  const roles = mapAt(top, 'roles')
  const included = new Map(Object.keys(roles).map((name) => [name, knownIncludes(roles, name)]))
  const circling = leadingToCycles(included)
  for (const name of Object.keys(roles))
    for (const [at, other] of listAt(roles, name, 'includes').entries()) {
      if (typeof other !== 'string') continue
      const path = ['roles', name, 'includes', at]
      if (!Object.hasOwn(roles, other)) {
        const near = didYouMean(other, Object.keys(roles))
        const mend = near === undefined ? 'add it under roles' : `did you mean "${near}"?`
        report('role_unknown', path, `there is no role "${other}"`, mend)
      } else if (circling.has(name) && reaches(included, other, name))
        report('includes_cycle', path, `"${other}" includes "${name}" in turn`, 'break the cycle')
    }
}

type Included = ReadonlyMap<string, readonly string[]>

function knownIncludes(roles: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  return listAt(roles, name, 'includes').filter(
    (other) => typeof other === 'string' && Object.hasOwn(roles, other),
  ) as readonly string[]
}

/** What is left when roles whose includes all end are taken away: ten thousand in a row took seconds one by one. */
function leadingToCycles(included: Included): ReadonlySet<string> {
  const includers = new Map<string, string[]>()
  const waiting = new Map<string, number>()
  for (const [name, others] of included) {
    waiting.set(name, others.length)
    for (const other of others) {
      const known = includers.get(other)
      if (known) known.push(name)
      else includers.set(other, [name])
    }
  }
  const ending = [...included.keys()].filter((name) => waiting.get(name) === 0)
  for (let name = ending.pop(); name !== undefined; name = ending.pop()) {
    waiting.delete(name)
    for (const includer of includers.get(name) ?? []) {
      const left = (waiting.get(includer) ?? 0) - 1
      waiting.set(includer, left)
      if (left === 0) ending.push(includer)
    }
  }
  return new Set(waiting.keys())
}

function reaches(included: Included, from: string, to: string): boolean {
  const seen = new Set<string>()
  const open = [from]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true
    if (seen.has(name)) continue
    seen.add(name)
    open.push(...(included.get(name) ?? []))
  }
  return false
}
