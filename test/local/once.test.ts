import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playStory, type Stage, setUpStory } from '../../local/once.ts'
import { type Expected, play, type Step } from '../../local/story/play.ts'
import { root } from '../../local/world.ts'
import type { DecisionRecord } from '../../shared/audit/record.ts'

const adopters = `version: 1
issuers:
  people:
    type: oidc
    issuer: https://login.acme.example/realms/acme
    audience: [acme-api]
    algorithms: [PS256]
api:
  token: { cookie: session }
  cacheSeconds: 0
  response: simple
roles:
  clerk:
    trust:
      - issuer: people
        claims: { /realm_access/roles: clerk }
    routes: [ANY /drafts, 'GET /invoices/{id}']
  robot:
    trust:
      - issuer: people
        claims: { sub: 'robot:*' }
    routes: [POST /invoices]
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-'))
  await writeFile(join(folder, 'access.yml'), adopters)
})
afterAll(() => rm(folder, { recursive: true }))

describe('the story of the example', () => {
  let stage: Stage
  const lines: string[] = []
  const takes: { step: Step; replay: (records: DecisionRecord[]) => Step['call'] }[] = []

  beforeAll(async () => {
    stage = await setUpStory({ port: 0 })
  })
  afterAll(() => stage.world.close())

  test('comes out as it should, every step of it', async () => {
    const steps = stage.steps.map((step) => recorded(step, stage.records, takes))
    expect(await playStory({ ...stage, steps }, (line) => lines.push(line))).toBe(0)
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([])
    expect(takes.length).toBe(stage.steps.length)
  })

  test('prints no token', () => {
    const tokens = stage.world.callers.flatMap(({ token }) =>
      token ? [token, token.split('.')[2] as string] : [],
    )
    expect(tokens.length).toBeGreaterThan(0)
    for (const token of tokens) expect(lines.join('\n')).not.toContain(token)
  })

  // What the world answered is played again, so that each of the reversals need not wait for a world of its own.
  test('fails where any one expectation of any step is reversed', async () => {
    for (const { step, replay } of takes)
      for (const reversed of reversals(step.expect)) {
        const records: DecisionRecord[] = []
        const { also: _, ...rest } = step
        const steps = [{ ...rest, expect: reversed, call: replay(records) }]
        expect(
          await playStory({ ...stage, steps, records }, () => undefined),
          `${step.title}: ${JSON.stringify(reversed)}`,
        ).toBe(1)
      }
  })

  test('fails where what must hold besides does not', async () => {
    const { step, replay } = takes[0]!
    const records: DecisionRecord[] = []
    const played = await play({ ...step, call: replay(records), also: () => 'it does not' }, records)
    expect(played.problems).toEqual(['it does not'])
  })
})

test("an adopter's own manifest has a story too: cookies, simple answers, no cache", async () => {
  const { code, stdout } = await start('--once', '--access', join(folder, 'access.yml'))
  expect(stdout).toContain('robot@people calls POST /invoices (rest)')
  expect(stdout).toMatch(/(\d+) of \1 steps came out as they should\./)
  expect(code).toBe(0)
})

test('a manifest with a mistake is shown with its place, and nothing starts', async () => {
  const file = join(folder, 'broken.yml')
  await writeFile(file, adopters.replace('audience', 'audiance'))
  const { code, stderr } = await start('--once', '--access', file)
  expect(stderr).toContain('broken.yml:6:')
  expect(code).toBe(1)
})

/** Keeps what a step's call came to, and the records it left. */
function recorded(
  step: Step,
  records: DecisionRecord[],
  takes: { step: Step; replay: (records: DecisionRecord[]) => Step['call'] }[],
): Step {
  return {
    ...step,
    call: async () => {
      const answer = await step.call()
      const left = [...records]
      takes.push({
        step,
        replay: (into) => async () => {
          into.push(...left)
          return answer
        },
      })
      return answer
    },
  }
}

function reversals(expected: Expected): Expected[] {
  return [
    { ...expected, status: expected.status === 200 ? 403 : 200 },
    { ...expected, reason: expected.reason === 'granted' ? 'route_not_granted' : 'granted' },
    { ...expected, record: expected.record === 'allow' ? 'deny' : 'allow' },
  ]
}

async function start(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['local/start.ts', ...args], {
      cwd: root,
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}
