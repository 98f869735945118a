import { randomUUID } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'

/** The thread that is one Lambda execution environment: the bundle is loaded once, then asked one event at a time. */
export type WorkerData = {
  readonly url: string
  readonly functionName: string
  readonly region: string
  readonly memoryMb: number
}
export type FromGateway = {
  readonly event: string
  readonly timeoutMs: number
  readonly alias: string | undefined
}
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string }

type Handler = (event: unknown, context: object) => unknown

const port = parentPort
if (port === null) throw new Error('local/lambda/worker.ts runs in a worker thread; use createLambda')
const send = (message: FromWorker) => port.postMessage(message)
const { url, functionName, region, memoryMb } = workerData as WorkerData

// Sent along the channel of the answers, so that a record is there before the answer it belongs to.
const capture = ((chunk: string | Uint8Array) => {
  send({ kind: 'output', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') })
  return true
}) as typeof process.stdout.write
process.stdout.write = capture
process.stderr.write = capture

await start()

async function start(): Promise<void> {
  let handler: unknown
  try {
    handler = ((await import(url)) as { handler?: unknown }).handler
  } catch (error) {
    send({ kind: 'broken', ...describe(error) })
    return
  }
  if (typeof handler !== 'function') {
    send({
      kind: 'broken',
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is undefined or not exported',
    })
    return
  }
  port?.on('message', (message: FromGateway) => void run(handler as Handler, message))
  send({ kind: 'ready' })
}

async function run(handler: Handler, { event, timeoutMs, alias }: FromGateway): Promise<void> {
  try {
    const value = await handler(JSON.parse(event), lambdaContext(performance.now() + timeoutMs, alias))
    send({ kind: 'value', text: JSON.stringify(value) ?? 'null' })
  } catch (error) {
    send({ kind: 'error', ...describe(error) })
  }
}

function lambdaContext(deadlineMs: number, alias: string | undefined): object {
  const functionArn = `arn:aws:lambda:${region}:123456789012:function:${functionName}`
  return {
    awsRequestId: randomUUID(),
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: alias === undefined ? functionArn : `${functionArn}:${alias}`,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadlineMs - performance.now())),
  }
}

function describe(error: unknown): { errorType: string; errorMessage: string } {
  if (error instanceof Error) return { errorType: error.name, errorMessage: error.message }
  return { errorType: typeof error, errorMessage: String(error) }
}
