import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createLambda, type Lambda, type LambdaOptions } from '../../../local/lambda/lambda.ts'

let folder: string
const open: Lambda[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-lambda-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((lambda) => lambda.close()))
})
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function lambdaOf(source: string, options: Partial<LambdaOptions> = {}): Lambda {
  const file = join(folder, `${++files}.mjs`)
  writeFileSync(file, source)
  const lambda = createLambda({ file, environment: {}, timeoutMs: 2000, ...options })
  open.push(lambda)
  return lambda
}

describe('a bundle in a worker', () => {
  it('is loaded once and then answers event after event', async () => {
    const lambda = lambdaOf(
      'let n = 0; export const handler = async (event) => ({ n: ++n, said: event.say })',
    )
    expect(await lambda.invoke({ say: 'a' })).toEqual({ ok: true, value: { n: 1, said: 'a' } })
    expect(await lambda.invoke({ say: 'b' })).toEqual({ ok: true, value: { n: 2, said: 'b' } })
  })

  it('sees the environment of the template and none of this process', async () => {
    process.env.POSTERN_LEAK_PROBE = 'host'
    const lambda = lambdaOf('export const handler = async () => process.env', {
      environment: { TABLE: 'orders' },
      functionName: 'postern-dev-authorizer',
    })
    expect(await lambda.invoke({})).toEqual({
      ok: true,
      value: { TABLE: 'orders', AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: 'postern-dev-authorizer' },
    })
    delete process.env.POSTERN_LEAK_PROBE
  })

  it('gets a context with the time that is left', async () => {
    const lambda = lambdaOf(
      'export const handler = async (e, c) => ({ id: c.awsRequestId, ms: c.getRemainingTimeInMillis() })',
    )
    const result = await lambda.invoke({}, 500)
    expect(result).toMatchObject({ ok: true, value: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) } })
    const { ms } = (result as unknown as { value: { ms: number } }).value
    expect(ms).toBeGreaterThan(0)
    expect(ms).toBeLessThanOrEqual(500)
  })

  it('is told the alias it was invoked by, and none where there was none', async () => {
    const lambda = lambdaOf('export const handler = async (e, c) => c.invokedFunctionArn', {
      functionName: 'postern-dev-authorizer',
      maxEnvironments: 1,
    })
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:postern-dev-authorizer'
    expect(await lambda.invoke({}, 500, 'orders')).toEqual({ ok: true, value: `${arn}:orders` })
    expect(await lambda.invoke({})).toEqual({ ok: true, value: arn })
  })

  it('has its lines handed over before its answer, whole even when written in pieces', async () => {
    const lines: string[] = []
    const lambda = lambdaOf(
      `export const handler = async () => { process.stdout.write('{"a":'); process.stdout.write('1}\\n'); console.log('two\\nthree'); return 1 }`,
      { onLine: (line) => lines.push(line) },
    )
    await lambda.invoke({})
    expect(lines).toEqual(['{"a":1}', 'two', 'three'])
  })

  it('turns what JSON cannot carry into what Lambda would hand on', async () => {
    const lambda = lambdaOf(
      'export const handler = async (e) => e.nothing ? undefined : { a: undefined, b: 1 }',
    )
    expect(await lambda.invoke({ nothing: true })).toEqual({ ok: true, value: null })
    expect(await lambda.invoke({})).toStrictEqual({ ok: true, value: { b: 1 } })
  })
})

describe('a bundle that fails', () => {
  it('has its error told by type and exact message, and stays warm', async () => {
    const lambda = lambdaOf(
      `let n = 0; export const handler = async () => { n++; if (n === 1) throw new Error('Unauthorized'); if (n === 2) throw 'text'; return n }`,
    )
    expect(await lambda.invoke({})).toEqual({ ok: false, errorType: 'Error', errorMessage: 'Unauthorized' })
    expect(await lambda.invoke({})).toEqual({ ok: false, errorType: 'string', errorMessage: 'text' })
    expect(await lambda.invoke({})).toEqual({ ok: true, value: 3 })
  })

  it('is killed at its time limit, even in a busy loop, and the next call starts cold', async () => {
    const lambda = lambdaOf(
      'let n = 0; export const handler = async (e) => { n++; if (e.hang) for (;;); return n }',
      { timeoutMs: 500 },
    )
    expect(await lambda.invoke({})).toEqual({ ok: true, value: 1 })
    expect(await lambda.invoke({ hang: true })).toMatchObject({ ok: false, errorType: 'Sandbox.Timedout' })
    expect(await lambda.invoke({})).toEqual({ ok: true, value: 1 })
  })

  it("is ended by the shorter of its own limit and the gateway's", async () => {
    const lambda = lambdaOf('export const handler = () => new Promise(() => setInterval(() => {}, 1000))')
    const result = await lambda.invoke({}, 100)
    expect(result).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'Task timed out after 0.10 seconds',
    })
  })

  it('that exits is an exit error, not the end of this process', async () => {
    const lambda = lambdaOf('export const handler = async () => process.exit(3)')
    expect(await lambda.invoke({})).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' })
  })

  it('that throws outside its handler is an exit error', async () => {
    const lambda = lambdaOf(
      `export const handler = () => new Promise(() => setTimeout(() => { throw new Error('late') }, 5))`,
    )
    expect(await lambda.invoke({})).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' })
  })

  it('that cannot be loaded, or exports no handler, says so', async () => {
    expect(await lambdaOf(`throw new TypeError('no manifest')`).invoke({})).toEqual({
      ok: false,
      errorType: 'TypeError',
      errorMessage: 'no manifest',
    })
    expect(await lambdaOf('export const other = 1').invoke({})).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
    })
  })
})

describe('several calls at once', () => {
  const slow = `import { threadId } from 'node:worker_threads'
    let busy = 0
    export const handler = async () => { if (busy++) throw new Error('two at once'); await new Promise((r) => setTimeout(r, 60)); busy--; return threadId }`

  it('get an environment each, one event at a time', async () => {
    const lambda = lambdaOf(slow, { maxEnvironments: 2 })
    const results = await Promise.all([
      lambda.invoke({}),
      lambda.invoke({}),
      lambda.invoke({}),
      lambda.invoke({}),
    ])
    expect(results.every((result) => result.ok)).toBe(true)
    expect(new Set(results.map((result) => result.ok && result.value)).size).toBe(2)
  })

  it('do not wait for ever when the environments they wait for are killed', async () => {
    const lambda = lambdaOf('export const handler = async (e) => { if (e.hang) for (;;); return 1 }', {
      maxEnvironments: 1,
      timeoutMs: 500,
    })
    const results = await Promise.all([lambda.invoke({ hang: true }), lambda.invoke({}), lambda.invoke({})])
    expect(results.map((result) => result.ok)).toEqual([false, true, true])
  })
})
