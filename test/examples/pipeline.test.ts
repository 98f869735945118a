import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { postern, published, type Run, root, run } from '../cli/run.ts'

// What examples/pipeline/postern.yml runs, step by step, in a repository that `postern init` began.

type Step = { readonly name?: string; readonly run?: string; readonly uses?: string; readonly env?: object }
const text = readFileSync(join(root, 'examples/pipeline/postern.yml'), 'utf8')
const { jobs, permissions } = parse(text) as {
  permissions: object
  jobs: Record<string, { steps: Step[]; permissions?: object; environment?: string }>
}

const folder = mkdtempSync(join(tmpdir(), 'postern-pipeline-'))
const repository = join(folder, 'repository')
const summary = join(folder, 'summary.md')

beforeAll(async () => {
  await postern(['init', '--dir', repository])
  const bin = join(repository, 'node_modules/.bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(await published, join(bin, 'postern'))
  symlinkSync(createRequire(import.meta.url).resolve('serverless/bin/serverless.js'), join(bin, 'osls'))
  await bash(
    'git init -q -b main && git add -A && git commit -q -m first && git update-ref refs/remotes/origin/main HEAD',
  )
}, 60_000)

/** As the runner does: a script of its own, which ends at the first command that fails. */
function bash(script: string): Promise<Run> {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const who = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  const env = { PATH: path, HOME: folder, GITHUB_STEP_SUMMARY: summary, BASE: 'origin/main', ...who }
  return run('bash', ['-e', '-c', script], { cwd: repository, env })
}

const stepNamed = (job: string, name: string) =>
  jobs[job]?.steps.find((step) => step.name === name)?.run ?? 'exit 99'

test.each(['The manifest of every stage holds', 'It says what it is meant to say', 'It can be packaged'])(
  'the step "%s" passes on what init wrote',
  async (name) => {
    const said = await bash(stepNamed('check', name))
    expect(said, said.stdout + said.stderr).toMatchObject({ code: 0 })
  },
  60_000,
)

test('they fail where the manifest does not hold, or says something else', async () => {
  const file = join(repository, 'access.yml')
  const sound = readFileSync(file, 'utf8')
  try {
    writeFileSync(file, sound.replace('trust:', 'trusts:'))
    expect((await bash(stepNamed('check', 'The manifest of every stage holds'))).code).not.toBe(0)
    writeFileSync(file, sound.replace('- GET /hello/{id}', '- GET /hello/other'))
    expect((await bash(stepNamed('check', 'It says what it is meant to say'))).code).toBe(1)
  } finally {
    writeFileSync(file, sound)
  }
})

test('the reviewer of a pull request reads what it widens', async () => {
  const file = join(repository, 'access.yml')
  const sound = readFileSync(file, 'utf8')
  writeFileSync(file, sound.replace('"cognito:groups": hello }', '"cognito:groups": [hello, guests] }'))
  await bash('git commit -q -a -m wider')
  const said = await bash(stepNamed('check', 'What this change lets whom do'))
  expect(said, said.stderr).toMatchObject({ code: 0 })
  expect(readFileSync(summary, 'utf8')).toMatch(
    /^```text\n[\s\S]*gain GET \/hello[\s\S]*widened: 1[\s\S]*```\n$/,
  )
})

test('no job has a key, and none may ask for a token but those that deploy', () => {
  expect(text).not.toMatch(/secrets\.|aws-access-key-id|AWS_SECRET/)
  expect(permissions).toEqual({ contents: 'read' })
  const asking = Object.entries(jobs).filter(([, job]) =>
    JSON.stringify(job.permissions)?.includes('id-token'),
  )
  expect(asking.map(([name, { environment }]) => [name, environment])).toEqual([
    ['staging', 'staging'],
    ['prod', 'production'],
    ['rollback', 'production'],
  ])
})

test('what a stranger may have chosen gets into no script', () => {
  const scripts = Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => step.run ?? []))
  expect(scripts.length).toBeGreaterThan(8)
  for (const script of scripts) expect(script).not.toMatch(/\$\{\{ *(github|inputs)\./)
})
