import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { schemaText } from '../../cli/schema.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { ordersManifest, postern, root, run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-cli-'))
const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
const commands = 'check build contract credentials diff doctor exec explain init ocsf policy routes schema target test trust-policy'.split(' ') // biome-ignore format: a list
const broken = write('broken.yml', 'version: 1\nissuers: {}\nrolse: {}\n')

describe('without a command', () => {
  test('--version is the package', async () => {
    expect(await postern(['--version'])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
  })
  test.each(['--help', '-h'])('%s lists these commands and no other', async (flag) => {
    const { code, stdout } = await postern([flag])
    expect(code).toBe(0)
    expect([...stdout.matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map(([, name]) => name)).toEqual(commands)
  })
  test('nothing at all is wrong usage, and says what there is', async () => {
    const { code, stdout, stderr } = await postern([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe((await postern(['--help'])).stdout)
  })
  test.each([
    ['chekc', /did you mean check\?/],
    [
      'deploy',
      /there is no such command\n {2}mend: use one of check, build, contract, credentials, diff, doctor, exec, explain, init, ocsf, policy, routes, schema, target, test, trust-policy/,
    ],
    ['__proto__', /no such command/],
  ])('%s is no command', async (name, message) => {
    const { code, stdout, stderr } = await postern([name])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })
})

describe.each(commands)('postern %s', (command) => {
  test('--help teaches: usage, every option, two examples, every exit code, 100 columns', async () => {
    const { code, stdout, stderr } = await postern([command, '--whatever', '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [usage = '', ...rest] = stdout.split('\n')
    expect(usage).toMatch(new RegExp(`^Usage: postern ${command} `))
    for (const [option] of usage.matchAll(/--[a-z]+/g))
      expect(stdout).toMatch(new RegExp(`^  ${option}\\b`, 'm'))
    const optional = [...usage.matchAll(/\[--(vars|local|api|at|out|account|region)/g)].map(
      ([, name]) => name,
    )
    for (const name of optional) expect(stdout).toMatch(new RegExp(`^  --${name} [\\s\\S]*?Default:`, 'm'))
    expect(stdout.match(/^ {2}.*postern [\w-]+ /gm)?.length).toBeGreaterThanOrEqual(2)
    for (const exitCode of [0, 2, 3]) expect(stdout).toMatch(new RegExp(`^  ${exitCode}  \\w`, 'm'))
    for (const line of rest) expect(line.length, line).toBeLessThanOrEqual(106)
  })

  test.each([
    [['--acess', 'x'], /--acess is not an option/],
    [['-o', 'x'], /-o is not an option/],
    [['--tamplate', 'x'], /--tamplate is not an option/],
    [['a', 'b', 'c'], /an argument too many/],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stdout, stderr } = await postern([command, ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(
      new RegExp(`^  mend: postern ${command} .*\n  postern ${command} --help explains it$`, 'm'),
    )
  })
})

test.each([
  [['check'], /FILE is missing/],
  [['build', '--out', 'x'], /--access is missing/],
  [['build', '--access', ordersManifest], /--out is missing/],
  [['build', '--access', ordersManifest, '--out'], /--out needs a value: DIR/],
  [['build', '--access', ordersManifest, '--out='], /--out needs a value: DIR/],
  [['build', '--access', '--out', 'x'], /--access needs a value, and the option --out follows/],
  [['build', '--access', 'a', '--access', 'b', '--out', 'x'], /--access stands there twice/],
  [['check', ordersManifest, '--json=yes'], /--json takes no value/],
  [['explain', 'no-such.yml'], /too many; write --access FILE\n/],
  [['explain', 'package.json', '--token', 't'], /too many; write --access FILE\n/],
  [['build', 'no-such.yaml', 'dist'], /too many; write --access FILE\n/],
  [['build', '--access', 'a.yml', 'b.yml', '--out', 'dist'], /too many; quote what has spaces in it\n/],
  [['explain', '--token', 'bearer', 'eyJhbGciOi', '--route', 'GET', '/'], /too many; quote what has spaces/],
  [['diff', 'a.yml'], /NEW is missing/],
  [['diff'], /OLD is missing/],
  [['diff', 'a.yml', 'b.yml', 'c.yml'], /too many; quote what has spaces in it\n/],
  [['check', 'a.yml', 'b.yml'], /too many; quote what has spaces in it\n/],
  [
    ['check', 'a.yml', '--authorizer', 'A'],
    /--authorizer names a resource of a template; write --template too\n/,
  ],
  [['routes', '--api', 'A'], /--template is missing/],
])('%j is wrong usage', async (args, message) => {
  const { code, stdout, stderr } = await postern(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  for (const word of ['no-such', 'package.json', 'eyJ', 'b.yml']) expect(stderr).not.toContain(word)
})

describe('check', () => {
  const noFile =
    /^postern: \/nowhere\/access\.yml: there is no such file\n {2}mend: .*relative to the folder you are in\n$/
  test('a manifest that holds', async () => {
    const { code, stdout, stderr } = await postern(['check', ordersManifest])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/: 3 issuers, 5 roles, 9 routes, \d+ warnings?\n/)
  })
  test('a manifest that does not: exit code 1, each problem with its place and a mend', async () => {
    const { code, stdout, stderr } = await postern(['check', broken])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(/broken\.yml:3:1: "rolse" is not a key.*\n {2}mend: did you mean "roles"\?/)
  })
  test('--json is one document with stable keys', async () => {
    const holds = await postern(['check', ordersManifest, '--json'])
    expect(holds.code).toBe(0)
    expect(JSON.parse(holds.stdout)).toMatchObject({
      ok: true,
      problems: [],
      warnings: expect.any(Array),
      summary: { roles: 5 },
    })
    const { code, stdout } = await postern(['check', '--json', broken])
    expect(code).toBe(1)
    expect(JSON.parse(stdout).problems).toContainEqual({
      code: 'unknown_key',
      file: broken,
      line: 3,
      column: 1,
      message: expect.any(String),
      mend: expect.any(String),
    })
  })
  test.each([
    [['check', '/nowhere/access.yml'], noFile],
    [['check', ordersManifest, '--vars', '/nowhere/access.yml'], noFile],
    [['check', folder], /^postern: \S+: is a directory\n {2}mend: name the file in it\n$/],
    [
      ['check', join(broken, 'access.yml')],
      /^postern: \S+access\.yml: the file cannot be read \(ENOTDIR\)\n/,
    ],
    [['build', '--access', '/nowhere/access.yml', '--out', join(folder, 'unread')], noFile],
  ])('a file that cannot be read is no verdict: %j', async (args, message) => {
    const { code, stdout, stderr } = await postern(args)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(message)
  })
  test('--vars replaces values, and a name that is not declared is a problem', async () => {
    const vars = write('prod.yml', 'staffPool: nonsense\nstafClient: x\n')
    const { code, stdout } = await postern(['check', ordersManifest, '--vars', vars])
    expect(code).toBe(1)
    expect(stdout).toMatch(/prod\.yml:2:1: .*stafClient/)
  })
})

describe('build', () => {
  test('prints each function with its path and size; the same manifest makes the same bytes', async () => {
    const out = join(folder, 'deep/er')
    const { code, stdout, stderr } = await postern(['build', '--access', ordersManifest, '--out', out])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const line = (name: string) => String.raw`${name}  \S+deep/er/${name}/index\.mjs  \d+\.\d KiB\n`
    expect(stdout).toMatch(new RegExp(`^${line('authorizer')}${line('broker')}$`))
    expect(readdirSync(out)).toEqual(['authorizer', 'authorizer.zip', 'broker', 'broker.zip', 'service.json'])
    const file = join(out, 'authorizer/index.mjs')
    const bytes = readFileSync(file)
    expect(typeof (await import(pathToFileURL(file).href)).handler).toBe('function')
    writeFileSync(join(out, 'of-the-adopter.txt'), 'stays')
    expect((await postern(['build', '--access', ordersManifest, '--out', out])).code).toBe(0)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    expect(readdirSync(out)).toContain('of-the-adopter.txt')
  })

  test('a broken manifest writes nothing, and leaves what was built before as it was', async () => {
    const out = join(folder, 'kept')
    const fresh = await postern(['build', '--access', broken, '--out', out])
    expect(fresh).toMatchObject({ code: 1, stdout: '' })
    expect(fresh.stderr).toMatch(/broken\.yml:3:1: [\s\S]*nothing was built\n$/)
    expect(existsSync(out)).toBe(false)
    await postern(['build', '--access', ordersManifest, '--out', out])
    const before = readFileSync(join(out, 'authorizer/index.mjs'))
    expect((await postern(['build', '--access', broken, '--out', out])).code).toBe(1)
    expect(readFileSync(join(out, 'authorizer/index.mjs')).equals(before)).toBe(true)
  })

  test('a folder that cannot be written to', async () => {
    const file = write('a-file', '')
    const { code, stdout, stderr } = await postern(['build', '--access', ordersManifest, '--out', file])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/a-file: it cannot be written to \(E[A-Z]+\)\n {2}mend: /)
    const inTheWay = join(folder, 'in-the-way')
    await postern(['build', '--access', ordersManifest, '--out', inTheWay])
    const blocked = join(inTheWay, 'authorizer')
    expect(
      (await postern(['build', '--access', ordersManifest, '--out', join(blocked, 'index.mjs')])).code,
    ).toBe(3)
    expect(readdirSync(blocked)).toEqual(['index.mjs'])
  })

  const hasProc = existsSync('/proc/self')
  if (!hasProc) console.log('skipped: a folder where mkdir says ENOENT, as there is no /proc here')

  test.runIf(hasProc)('a folder where mkdir says ENOENT though it exists ends at once', async () => {
    const args = ['build', '--access', ordersManifest, '--out', '/proc/no/such']
    expect(await postern(args, { timeoutMs: 15_000 })).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^postern: \/proc\/no\/such: it cannot be written to \(E[A-Z]+\)\n {2}mend: /,
      ),
    })
  })

  test('builds that make the same folders at once do not trip over each other', async () => {
    const shared = join(folder, 'of/several/stages')
    const args = (stage: string) => ['build', '--access', ordersManifest, '--out', join(shared, stage)]
    const stages = ['dev', 'test', 'prod']
    const runs = await Promise.all(stages.map((stage) => postern(args(stage))))
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(readdirSync(shared).sort()).toEqual(['dev', 'prod', 'test'])
  })

  test('--local replaces where keys come from, and nothing else', async () => {
    const out = join(folder, 'local')
    const args = ['build', '--access', ordersManifest, '--out', out, '--local', 'http://127.0.0.1:8601']
    expect((await postern(args)).code).toBe(0)
    const text = readFileSync(join(out, 'authorizer/index.mjs'), 'utf8')
    expect(text).toContain('http://127.0.0.1:8601/staff/.well-known/jwks.json')
    expect(text).toContain('https://token.actions.githubusercontent.com')
    const refused = await postern([...args.slice(0, -1), 'http://keys.example'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('loopback')
  })
})

describe('schema', () => {
  test('on standard output and in a file it is the same', async () => {
    const file = join(folder, 'access.schema.json')
    expect(await postern(['schema'])).toEqual({ code: 0, stdout: schemaText(), stderr: '' })
    expect(await postern(['schema', '--out', file])).toEqual({
      code: 0,
      stdout: `${file} written\n`,
      stderr: '',
    })
    expect(readFileSync(file, 'utf8')).toBe(schemaText())
  })
  test('a place that cannot be written to', async () => {
    const { code, stdout, stderr } = await postern(['schema', '--out', '/nowhere/schema.json'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/\/nowhere\/schema\.json cannot be written \(ENOENT\)/)
  })
  test('a reader that goes away is no fault', async () => {
    const command = `"${process.execPath}" dist/cli/postern.js schema | head -c 10; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await run('bash', ['-c', command])
    expect(stdout).toMatch(/0\n$/)
    expect(stderr).toBe('')
  })
})

describe('colours', () => {
  const explain = async (env: NodeJS.ProcessEnv, terminal: boolean) => {
    const token = write('token.txt', 'no token')
    const words = ['explain', '--access', ordersManifest, '--token', token, '--route', 'GET /orders']
    const command = [process.execPath, 'dist/cli/postern.js', ...words].map((word) => `'${word}'`).join(' ')
    if (!terminal) return (await run('bash', ['-c', command], { env })).stdout
    // script(1) gives its child a terminal.
    return (await run('script', ['-qec', command, '/dev/null'], { env: { TERM: 'xterm-256color', ...env } }))
      .stdout
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  const color = /\u001b\[/
  const plain = { NO_COLOR: undefined, CI: undefined }
  const hasScript = process.platform === 'linux' && existsSync('/usr/bin/script')
  if (!hasScript) console.log('skipped: colours on a terminal, as there is no script(1) here to make one')

  test.runIf(hasScript)('on a terminal there are some, unless NO_COLOR is set', async () => {
    expect(await explain(plain, true)).toMatch(color)
    const without = await explain({ ...plain, NO_COLOR: '1' }, true)
    expect(without).toContain('token_malformed')
    expect(without).not.toMatch(color)
  })
  test('in a pipe there are none', async () => {
    expect(await explain({ ...plain, FORCE_COLOR: '1' }, false)).not.toMatch(color)
  })
})

test('the published command begins as a program and holds no path of the machine it was built on', () => {
  const text = readFileSync(join(root, 'dist/cli/postern.js'), 'utf8')
  expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true)
  expect(text).not.toContain(root)
})
