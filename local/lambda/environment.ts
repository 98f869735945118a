import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type InvokeResult, timedOut } from '../gateway/model.ts'
import type { FromGateway, FromWorker, WorkerData } from './worker.ts'

/** One execution environment. It is dead once its thread has ended, and is then not used again. */
export type Environment = {
  readonly invoke: (event: string, timeoutMs: number, alias?: string) => Promise<InvokeResult>
  readonly dead: () => boolean
  readonly close: () => Promise<void>
}

export type EnvironmentOptions = {
  readonly file: string
  /** All of the function's environment: nothing of this process gets in. */
  readonly variables: Readonly<Record<string, string>>
  readonly functionName: string
  readonly region: string
  readonly memoryMb: number
  readonly onLine: (line: string) => void
}

/** Lambda's bound on the init phase (facts I). */
const initTimeoutMs = 10_000
/** Lambda's bound on a synchronous answer (facts I). */
const maxAnswerBytes = 6 * 1024 * 1024

export function startEnvironment(options: EnvironmentOptions): Environment {
  const thread = startThread(options)
  const ready = thread.next()
  let started = false

  async function invoke(event: string, timeoutMs: number, alias?: string): Promise<InvokeResult> {
    if (!started) {
      const first = await within(initTimeoutMs, ready)
      started = true
      if (first === 'late' || first?.kind !== 'ready') return fail(first, initTimeoutMs)
    }
    const message = await within(timeoutMs, thread.ask({ event, timeoutMs, alias }))
    if (message === 'late' || message === undefined) return fail(message, timeoutMs)
    if (message.kind === 'error') return refusal(message.errorType, message.errorMessage)
    if (message.kind !== 'value') return fail(undefined, timeoutMs)
    if (Buffer.byteLength(message.text) > maxAnswerBytes)
      return refusal('Function.ResponseSizeTooLarge', 'Response payload size exceeded 6 MB')
    return { ok: true, value: JSON.parse(message.text) }
  }

  /** The environment is over: Lambda starts a new one for the next event. */
  async function fail(message: FromWorker | 'late' | undefined, limitMs: number): Promise<InvokeResult> {
    await thread.kill()
    if (message === 'late')
      return refusal(timedOut, `Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`)
    if (message?.kind === 'broken') return refusal(message.errorType, message.errorMessage)
    return refusal('Runtime.ExitError', 'Runtime exited before it answered')
  }

  return { invoke, dead: thread.dead, close: thread.kill }
}

type Thread = {
  /** The next message that is no output; `undefined` when the thread ends first. */
  readonly next: () => Promise<FromWorker | undefined>
  readonly ask: (question: FromGateway) => Promise<FromWorker | undefined>
  readonly dead: () => boolean
  readonly kill: () => Promise<void>
}

function startThread(options: EnvironmentOptions): Thread {
  const { functionName, region, memoryMb } = options
  const workerData: WorkerData = { url: pathToFileURL(options.file).href, functionName, region, memoryMb }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    env: { ...options.variables },
    // Flags of the host's own Node would be another runtime than Lambda's.
    execArgv: [],
    stdout: true,
    stderr: true,
  })
  const lines = lineSplitter(options.onLine)
  let dead = false
  let settle: (message: FromWorker | undefined) => void = () => {}
  const next = () =>
    new Promise<FromWorker | undefined>((resolve) => {
      settle = resolve
      if (dead) resolve(undefined)
    })
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'output') lines(message.text)
    else settle(message)
  })
  // Without a listener an error in the thread would end this process; 'exit' follows it.
  worker.on('error', () => {})
  worker.on('exit', () => {
    dead = true
    settle(undefined)
  })
  return {
    next,
    ask: (question) => {
      worker.postMessage(question)
      return next()
    },
    dead: () => dead,
    kill: async () => {
      dead = true
      await worker.terminate()
    },
  }
}

async function within<T>(limitMs: number, pending: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, limitMs, 'late')
  })
  const result = await Promise.race([pending, late])
  clearTimeout(timer)
  return result
}

function refusal(errorType: string, errorMessage: string): InvokeResult {
  return { ok: false, errorType, errorMessage }
}

/** Whole lines only: a record may come in pieces. */
function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}
