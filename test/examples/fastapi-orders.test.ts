import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceOf } from '../../bundle/service.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { postern, root, run } from '../cli/run.ts'
import { textsWithStar } from '../support/stars.ts'

const example = join(root, 'examples/fastapi-orders')
const access = join(example, 'access.yml')
const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const folder = mkdtempSync(join(tmpdir(), 'postern-fastapi-orders-'))
const template = join(folder, 'orders/.serverless/cloudformation-template-update-stack.json')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the stack of the service', () => {
  let text: string
  beforeAll(async () => {
    const service = join(folder, 'orders')
    cpSync(example, service, { recursive: true })
    mkdirSync(join(service, 'dist'), { recursive: true })
    writeFileSync(join(service, 'dist/orders.zip'), 'a zip')
    const said = await run(process.execPath, [osls, 'package', '--stage', 'dev'], { cwd: service })
    expect(said, said.stdout + said.stderr).toMatchObject({ code: 0 })
    text = readFileSync(template, 'utf8')
  }, 60_000)

  test('is what the manifest says: every route is guarded or public, by the manifest’s token and TTL', async () => {
    const { code, stdout } = await postern(['check', access, '--template', template])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('0 warnings') })
  })

  test('may write its log and read its own secret, and nothing else', () => {
    const { Resources } = JSON.parse(text)
    const [policy] = Resources.OrdersRole.Properties.Policies
    const secret = { 'Fn::ImportValue': 'postern-dev-client-orders-service' }
    expect(policy.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': ['OrdersLogGroup', 'Arn'] },
      },
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret },
    ])
    expect(textsWithStar(Resources.OrdersRole, '')).toEqual([])
    const { Variables } = Resources.OrdersLambdaFunction.Properties.Environment
    expect(Variables.POSTERN_CLIENT_SECRET_ARN).toEqual(secret)
  })

  test('imports what Postern’s stack of the manifest exports, and no more', () => {
    const { resources } = serviceOf(compileManifest(loadManifest(access)))
    const exported = JSON.stringify(resources.Outputs)
    const imported = new Set(text.match(/(?<="Fn::ImportValue":\s?"postern-dev-)[^"]+/g))
    expect([...imported].sort()).toEqual(['authorizer-api', 'broker', 'client-orders-service'])
    for (const name of imported) expect(exported).toContain(`\${AWS::StackName}-${name}"`)
  })
})

test('the Python that is deployed is the Python that is tested: every pin is one of the suite’s', () => {
  const pins = (file: string) => readFileSync(join(root, file), 'utf8').match(/^[a-z0-9-]+==[^\s;]+/gm) ?? []
  const tested = new Set(pins('test/cloud/requirements.txt'))
  const files = ['requirements.txt', 'requirements-lambda.txt'].map(
    (name) => `examples/fastapi-orders/${name}`,
  )
  for (const file of [...files, 'examples/app-of-apps/shared/requirements.txt']) {
    expect(pins(file).length).toBeGreaterThan(10)
    expect(pins(file).filter((pin) => !tested.has(pin))).toEqual([])
  }
})

test('VCAP_SERVICES of the example has what the manifest trusts', () => {
  const { 'user-provided': services } = JSON.parse(
    readFileSync(join(example, 'vcap-services.example.json'), 'utf8'),
  )
  const compiled = compileManifest(loadManifest(access))
  const { issuer, client_id: clientId } = services[0].credentials
  expect(compiled.issuers.map(({ iss }) => iss)).toContain(issuer)
  expect(JSON.stringify(compiled.rules)).toContain(`{"equals":"${clientId}"}`)
})
