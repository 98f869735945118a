import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { lambdaOptions } from '../bundle/build.ts'
import { parseRoute, routeKey } from '../shared/gateway/route.ts'
import { buildRouteTree } from '../shared/manifest/route-tree.ts'
import { median } from './race.ts'
import type { Row, Section, Size } from './row.ts'

const limitMs = 20
const runs: Readonly<Record<Size, number>> = { quick: 7, full: 41 }

/** The first policy of a process that has rendered none, and the same once more from memory. */
export async function policies(size: Size, folder: string): Promise<Section> {
  const runner = join(folder, 'policy.mjs')
  await build({
    ...lambdaOptions,
    stdin: { contents: runnerText, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile: runner,
  })
  const rows: Row[] = []
  for (const { what, table, limited } of scenes) {
    const file = join(folder, 'scene.json')
    writeFileSync(file, JSON.stringify(table))
    const results = Array.from({ length: runs[size] }, () => runOnce(runner, file))
    const ms = median(results.map((one) => one.coldMs))
    const { bytes = 0, resources = 0, warmUs = 0 } = results.at(-1) ?? {}
    const row: Row = {
      what,
      value: `${ms.toFixed(1)} ms`,
      beside: `${resources} Resources, ${bytes} bytes; from memory ${warmUs.toFixed(2)} us`,
    }
    rows.push(limited ? { ...row, limit: `${limitMs} ms`, within: ms <= limitMs } : row)
  }
  return {
    title: 'Policies',
    note: `A process each that has rendered nothing yet: states of R, patterns, document within 7,680 bytes. Median of ${runs[size]}.`,
    rows,
  }
}

type Outcome = {
  readonly coldMs: number
  readonly warmUs: number
  readonly bytes: number
  readonly resources: number
}

function runOnce(runner: string, file: string): Outcome {
  const { stdout, stderr, status } = spawnSync(process.execPath, [runner, file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const runnerText = `
import { readFileSync } from 'node:fs'
import { noOwnRoutes } from '../shared/access/own-routes.ts'
import { policyOf } from '../shared/access/policy-of.ts'
import { renderPolicy } from '../shared/gateway/policy.ts'
const { tree, keys } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const app = { routes: { rest: tree }, proven: { rest: true } }
const roles = [{ name: 'role', routes: keys }]
const began = performance.now()
const { table, grants, policy } = policyOf(app, 'rest', roles, noOwnRoutes)
const document = renderPolicy('arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod', table, grants, 7680, policy)
const coldMs = performance.now() - began
const again = performance.now()
for (let at = 0; at < 1000; at++) policyOf(app, 'rest', roles, noOwnRoutes)
const warmUs = performance.now() - again
const resources = document.Statement.flatMap(({ Resource }) => Resource).length
process.stdout.write(JSON.stringify({ coldMs, warmUs, bytes: JSON.stringify(document).length, resources }))
`

/** Thirty resources of ten routes each, as such APIs are. */
const resource = [
  'GET /R', 'POST /R', 'GET /R/{id}', 'PUT /R/{id}', 'DELETE /R/{id}', 'GET /R/{id}/items', 'POST /R/{id}/items',
  'GET /R/{id}/items/{item}', 'DELETE /R/{id}/items/{item}', 'POST /R/{id}/cancel',
] // biome-ignore format: a table
const api = Array.from({ length: 30 }, (_, at) =>
  resource.map((route) => route.replace('R', `resource${at}`)),
).flat()
const areas = Array.from({ length: 500 }, (_, at) => `GET /area${at % 20}/{id}/item${Math.floor(at / 20)}`)

const scenes = [
  sceneOf('300 routes, a caller of all', api, () => true, true),
  sceneOf('300 routes, a caller of every GET', api, (route) => route.startsWith('GET'), true),
  sceneOf('300 routes, a caller of three resources', api, (route) => /resource[123](\/|$)/.test(route), true),
  sceneOf('500 routes under 20 prefixes, a caller of all', areas, () => true),
]

function sceneOf(
  what: string,
  routes: readonly string[],
  grants: (route: string) => boolean,
  limited = false,
) {
  const parsed = routes.map((text) => {
    const route = parseRoute(text)
    if (typeof route === 'string') throw new Error(route)
    return { text, route, key: routeKey(route) }
  })
  const keys = parsed.filter(({ text }) => grants(text)).map(({ key }) => key)
  return { what, limited, table: { tree: buildRouteTree(parsed), keys } }
}
