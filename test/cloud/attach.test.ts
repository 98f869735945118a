import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleTemplate, posternTemplate, stages } from '../../bundle/package.ts'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { postern, root, run } from '../cli/run.ts'
import { send } from '../local/gateway/contract/stand.ts'
import { aws } from './clients.ts'
import { type MiniStack, startMiniStack } from './ministack.ts'
import { makeDeploymentBucket, runOsls, writeService } from './osls.ts'
import { venvFolder } from './venv.ts'

// From an empty folder to a stack, as `postern init` and docs/deploying.md have it; and APIs of others that attach to it.

const folder = mkdtempSync(join(tmpdir(), 'postern-attach-'))
const own = join(folder, 'own')
let stack: MiniStack
let issuers: LocalIssuers
let cdkTemplate: string

beforeAll(async () => {
  cdkTemplate = await synthesize()
  stack = await startMiniStack()
  await makeDeploymentBucket(stack)
  expect(await postern(['init', '--dir', own])).toMatchObject({ code: 0 })
  writeService(own, readFileSync(join(own, 'serverless.yml'), 'utf8'))
  const access = join(own, 'access.yml')
  issuers = await startIssuers({ access: compileManifest(loadManifest(access)), port: 0 })
  const options = [
    '--vars',
    join(own, 'stages/dev.yml'),
    '--local',
    issuers.url,
    '--out',
    join(own, 'dist/dev'),
  ]
  expect(await postern(['build', '--access', access, ...options])).toMatchObject({ code: 0 })
  const deployed = await runOsls(stack, own, ['deploy'])
  expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ code: 0 })
}, 240_000)
afterAll(async () => {
  await stack?.close()
  await issuers?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** aws-cdk-lib is 186 MB, and therefore nobody's dependency but the example's; it is installed once for its lock file. */
async function synthesize(): Promise<string> {
  const source = join(root, 'examples/cdk')
  const place = join(root, '.postern/cdk')
  const stamp = createHash('sha256')
    .update(readFileSync(join(source, 'package-lock.json')))
    .digest('hex')
  if (!existsSync(join(place, 'installed')) || readFileSync(join(place, 'installed'), 'utf8') !== stamp) {
    rmSync(place, { recursive: true, force: true })
    cpSync(source, place, { recursive: true, filter: (file) => !file.includes('node_modules') })
    const npm = await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: place })
    expect(npm, npm.stderr).toMatchObject({ code: 0 })
    writeFileSync(join(place, 'installed'), stamp)
  }
  cpSync(join(source, 'app.ts'), join(place, 'app.ts'))
  expect(await run(process.execPath, ['app.ts'], { cwd: place })).toMatchObject({ code: 0 })
  return join(place, 'cdk.out/hello.template.json')
}

const plainTemplate = join(root, 'examples/cloudformation/template.yml')
const attached = [
  ['plain CloudFormation', () => plainTemplate, 403],
  // CDK asks for payload 1.0, whose events MiniStack does not say to be an HTTP API's: what API Gateway makes of a
  // REST API's `Unauthorized` it does not make there.
  ['AWS CDK', () => cdkTemplate, 500],
] as const

test.each(attached)('postern check finds nothing wrong with the template of %s', async (_, template) => {
  const checked = await postern(['check', join(own, 'access.yml'), '--template', template()])
  expect(checked).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(' 0 warnings') })
  expect(checked.stdout).toContain('1 API, 3 routes, 1 Lambda authorizer')
})

describe.each(attached)('an API by %s', (name, template, forged) => {
  let url: string
  beforeAll(async () => {
    const stackName = `hello-${name.length}`
    const options = [
      '--stack-name',
      stackName,
      '--template-file',
      template(),
      '--capabilities',
      'CAPABILITY_IAM',
    ]
    await askAws('cloudformation', 'deploy', ...options)
    const query = `StackResources[?ResourceType=='AWS::ApiGatewayV2::Api'].PhysicalResourceId`
    const said = await askAws(
      'cloudformation',
      'describe-stack-resources',
      '--stack-name',
      stackName,
      '--query',
      query,
    )
    url = stack.apiUrl(JSON.parse(said)[0])
  }, 60_000)

  test('lets in whom the manifest lets in, and nobody else', async () => {
    const token = await issuers.sign('staff', { sub: 'ada', 'cognito:groups': ['hello'] })
    const ask = async (path: string, bearer: string | undefined, method = 'GET') => {
      const headers = bearer === undefined ? [] : ([['Authorization', `Bearer ${bearer}`]] as const)
      return send(url, path, { method, headers })
    }
    const read = await ask('/hello/7', token)
    expect(read.status, read.text).toBe(200)
    expect(read.json).toEqual({ hello: 'ada', roles: 'hello-reader' })
    expect((await ask('/hello', token)).status).toBe(200)
    expect((await ask('/hello', token, 'POST')).status).toBe(403)
    expect((await ask('/hello', undefined)).status).toBe(401)
    expect((await ask('/hello', `${token.slice(0, -8)}AAAAAAAA`)).status).toBe(forged)
  })
})

test('cfn-lint finds no error in any template', async () => {
  const templates = [plainTemplate, cdkTemplate]
  const write = (name: string, template: object) => {
    templates.push(join(folder, name))
    writeFileSync(join(folder, name), JSON.stringify(template))
  }
  for (const stage of stages) write(`postern-${stage}.json`, await posternTemplate(stage))
  write('orders.json', await exampleTemplate())
  const broker = 'arn:aws:iam::123456789012:role/postern-dev-broker-eu-west-1'
  const target = ['target', '--access', join(root, 'examples/orders/access.yml'), '--broker', broker]
  const printed = join(folder, 'target.yml')
  expect(await postern([...target, '--out', printed])).toMatchObject({ code: 0 })
  templates.push(printed)
  const lint = ['--non-zero-exit-code', 'error', '--regions', 'eu-west-1', '--', ...templates]
  const { code, stdout } = await run(join(venvFolder, 'bin/cfn-lint'), lint)
  expect(stdout.split('\n').filter((line) => /^E\d/.test(line))).toEqual([])
  expect(code).toBe(0)
}, 120_000)

async function askAws(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(aws, words, { cwd: folder, env: stack.environment })
  expect(code, stderr).toBe(0)
  return stdout
}
