import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { run } from '../cli/run.ts'
import { blocks } from './blocks.ts'

/** The README's part of a serverless.yml, in a service that says no more than it must, packaged by osls. */
const root = join(import.meta.dirname, '../..')
const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true })
})

test('what the README says of another service guards its route, as postern check sees it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-attach-'))
  folders.push(folder)
  const shown = (await blocks(join(root, 'README.md'), 'yaml')).find(({ text }) =>
    text.includes('!ImportValue'),
  )
  const service = 'service: orders\nprovider:\n  name: aws\n  runtime: nodejs24.x\n  region: eu-west-1\n'
  await writeFile(join(folder, 'serverless.yml'), (shown?.text ?? '').replace('provider:\n', service))
  await writeFile(join(folder, 'orders.mjs'), 'export const handler = async () => ({ statusCode: 200 })\n')
  const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
  const env = { HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' }
  await promisify(execFile)(process.execPath, [osls, 'package'], { cwd: folder, env })
  const template = join(folder, '.serverless/cloudformation-template-update-stack.json')
  const { Resources } = JSON.parse(await readFile(template, 'utf8'))
  expect(JSON.stringify(Resources.HttpApiAuthorizerPostern.Properties.AuthorizerUri)).toContain(
    '"Fn::ImportValue":"postern-dev-authorizer-api"',
  )
  const called = Object.values<{ Properties: { FunctionName?: object } }>(Resources).map(
    ({ Properties }) => Properties.FunctionName,
  )
  expect(called).toContainEqual({ 'Fn::ImportValue': 'postern-dev-authorizer-api' })
  const access = join(folder, 'access.yml')
  const manifest = `version: 1
issuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }
api: { routesFile: ./routes.json }
roles: { r: { description: d, owner: o@example.com, routes: ['GET /orders/{id}'], trust: [{ issuer: idp, claims: { a: b } }] } }
`
  await writeFile(access, manifest)
  await writeFile(join(folder, 'routes.json'), JSON.stringify({ http: ['GET /orders/{id}'] }))
  const command = join(root, 'cli/postern.ts')
  const checked = await run(process.execPath, [command, 'check', access, '--template', template])
  expect(checked).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('1 Lambda authorizer'),
  })
}, 60_000)
