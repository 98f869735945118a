import type { LoadedPart } from '../manifest/part.ts'
import type { FileRoute, RoutesFile } from '../manifest/referenced-files.ts'
import { namesOf } from '../manifest/route-text.ts'
import type { Api } from './api.ts'
import { type ListedType, listedApis, listedTypes, mergeRoutes } from './route-list.ts'
import type { Findings, Wiring } from './wiring.ts'

/** The routes file lists the routes that the template has, for each type of API that it has. */
export function checkRoutesFile(
  { routesFile }: LoadedPart,
  { file, apis }: Wiring,
  { problems }: Findings,
): void {
  if (routesFile === undefined) return
  const listed = routesFile.source
  for (const type of listedTypes) {
    const ofType = listedApis(apis, type)
    const own = mergeRoutes(apis, type)
    const others = ofType.flatMap((api) => api.otherFields)
    // What the template does not show may be listed.
    const isWhole = ofType.length > 0 && ofType.every((api) => api.listed === 'all')
    const tooMany = isWhole ? without(routesFile[type], [...own, ...others]) : []
    const lists = [
      ['lacks', without(own, routesFile[type])],
      ['lists, and the template has not,', tooMany],
    ] as const
    const wrong = lists.filter(([, routes]) => routes.length > 0)
    if (wrong.length === 0) continue
    const what = wrong.map(([verb, routes]) => `${verb} ${namesOf(routes)}`).join('; it ')
    const message = `the routes file is not what the template has under "${type}": it ${what}`
    const mend = mendFor(file, listed.file, type, routesFile, apis)
    const [one, another] = ofType
    problems.push({
      ...listed.problem('routes_stale', [type], message, mend, 'key'),
      ...(one !== undefined && another === undefined && { resource: one.logicalId }),
    })
  }
}

function without(some: readonly FileRoute[], others: readonly FileRoute[]): readonly FileRoute[] {
  const keys = new Set(others.map(({ key }) => key))
  return some.filter(({ key }) => !keys.has(key))
}

/** Written anew, the file would lose what stands in another template, and fields that were listed by hand. */
function mendFor(
  template: string,
  file: string,
  type: ListedType,
  listed: RoutesFile,
  apis: readonly Api[],
): string {
  const command = `postern routes --template ${shellWord(template)}`
  const others = listedTypes.filter(
    (other) => other !== type && listed[other].length > 0 && listedApis(apis, other).length === 0,
  )
  const byHand = handListed(listed, apis)
  if (others.length === 0 && byHand.length === 0) return `${command} --out ${shellWord(file)}`
  const kept = others.map((other) => `"${other}"`).join(' and ')
  const ofOthers = others.length === 0 ? [] : [`leave ${kept}, which is of another template`]
  const ofHand = byHand.length === 0 ? [] : [`keep ${namesOf(byHand)}, which were listed by hand`]
  return `put "${type}" of \`${command}\` into it, and ${[...ofOthers, ...ofHand].join(', and ')}`
}

/** Fields that `postern routes` does not write: of types beside the operations', and of schemas elsewhere. */
function handListed({ appsync }: RoutesFile, apis: readonly Api[]): readonly FileRoute[] {
  const ofType = listedApis(apis, 'appsync')
  const others = new Set(ofType.flatMap((api) => api.otherFields).map(({ key }) => key))
  const isWhole = ofType.every((api) => api.listed === 'all')
  const own = new Set(mergeRoutes(apis, 'appsync').map(({ key }) => key))
  return appsync.filter(({ key }) => others.has(key) || (!isWhole && !own.has(key)))
}

function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
