import type { LoadedPart } from '../manifest/part.ts'
import type { FileRoute } from '../manifest/referenced-files.ts'
import { namesOf } from '../manifest/route-text.ts'
import type { Api } from './api.ts'
import { mergeRoutes } from './route-list.ts'
import type { Findings, Wiring } from './wiring.ts'

/** The routes file lists the routes that the template has, for each type of API that it has. */
export function checkRoutesFile(
  { routesFile }: LoadedPart,
  { file, apis }: Wiring,
  { problems }: Findings,
): void {
  if (routesFile === undefined) return
  const listed = routesFile.source
  for (const type of ['rest', 'http'] as const) {
    const ofType = apis.filter((api) => api.type === type)
    if (ofType.length === 0) continue
    const own = mergeRoutes(apis, type)
    const lists = [
      ['lacks', without(own, routesFile[type])],
      ['lists, and the template has not,', without(routesFile[type], own)],
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

/** Written anew, the file would lose the routes of a type of API that stands in another template. */
function mendFor(
  template: string,
  file: string,
  type: Api['type'],
  listed: Readonly<Record<Api['type'], readonly FileRoute[]>>,
  apis: readonly Api[],
): string {
  const command = `postern routes --template ${shellWord(template)}`
  const other = type === 'rest' ? 'http' : 'rest'
  if (listed[other].length === 0 || apis.some((api) => api.type === other))
    return `${command} --out ${shellWord(file)}`
  return `put "${type}" of \`${command}\` into it, and leave "${other}", which is of another template`
}

function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
