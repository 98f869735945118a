import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playStory, type Stage, setUpStory } from '../../local/once.ts'
import { teamsManifest } from '../../local/world.ts'
import { postern } from '../cli/run.ts'

const apps = ['billing', 'shipping', 'support'] as const

describe('signed in once, at the APIs of three teams', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await setUpStory({ accessFile: teamsManifest, port: 0 })
  })
  afterAll(() => stage.world.close())

  test('every step comes out as it should', async () => {
    const lines: string[] = []
    expect(await playStory(stage, (line) => lines.push(line))).toBe(0)
    expect(lines.filter((line) => line.includes('ada'))).toHaveLength(10)
  })

  test('the APIs stand by their apps, the shared one by its id', () => {
    const places = stage.world.apis.map(({ app, type, apiId }) => [app.name, type, apiId.length === 10])
    expect(places).toContainEqual(['shipping,support', 'rest', true])
    expect(stage.world.apis.find(({ app }) => app.name === 'shipping,support')?.apiId).toBe('sh0pap1id0')
    for (const app of apps) expect(places).toContainEqual([app, 'rest', true])
  })
})

describe.each(apps)('a mistake of %s', (broken) => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-teams-'))
  cpSync(join(teamsManifest, '..'), folder, { recursive: true })
  const mistaken = join(folder, broken, 'access.yml')
  writeFileSync(mistaken, readFileSync(mistaken, 'utf8').replace('- GET /', '- GET /elsewhere/'))
  const access = join(folder, 'access.yml')
  const build = (...more: string[]) =>
    postern(['build', '--access', access, '--out', join(folder, 'dist'), ...more])
  const others = apps.filter((app) => app !== broken)
  afterAll(() => rmSync(folder, { recursive: true }))

  test('does not build, and the message says where, why and how the others do', async () => {
    const { code, stdout, stderr } = await build()
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`${broken}/access\\.yml:\\d+:\\d+: "GET /elsewhere/.*" reaches out`))
    expect(stderr).toContain(`${others.join(', ')} can be built alone, with --app NAME`)
    expect(existsSync(join(folder, 'dist'))).toBe(false)
    expect((await build('--app', broken)).code).toBe(1)
  })

  test.each(others)('%s builds on, and answers for its own API alone', async (app) => {
    const out = join(folder, 'dist', app)
    const { code } = await postern(['build', '--access', access, '--out', out, '--app', app])
    expect(code).toBe(0)
    const { handler } = await import(pathToFileURL(join(out, 'authorizer/index.mjs')).href)
    const token = (apiId: string) => ({
      type: 'TOKEN',
      authorizationToken: 'x',
      methodArn: `arn:aws:execute-api:eu-west-1:123456789012:${apiId}/dev/GET/x`,
    })
    const id = app === 'billing' ? 'bill1ng0ap' : 'sh0pap1id0'
    await expect(handler(token(id))).rejects.toThrow('Unauthorized')
    await expect(handler(token('0therap1id'))).rejects.toThrow('app_unknown')
    const lambda = 'arn:aws:lambda:eu-west-1:123456789012:function:authorizer'
    const alias = { invokedFunctionArn: `${lambda}:${app}` }
    await expect(handler(token('0therap1id'), alias)).rejects.toThrow('Unauthorized')
    const foreign = { invokedFunctionArn: `${lambda}:${broken}` }
    await expect(handler(token('0therap1id'), foreign)).rejects.toThrow('app_unknown')
  })
})
