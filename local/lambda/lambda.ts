import type { InvokeResult } from '../gateway/model.ts'
import { type Environment, startEnvironment } from './environment.ts'

export type LambdaOptions = {
  /** A built bundle that exports `handler`. */
  readonly file: string
  /** What the template gives the function, and nothing else; AWS_REGION and the function's name are added. */
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly functionName?: string
  readonly region?: string
  readonly memoryMb?: number
  /** Execution environments at once, 1 to 16 (4). Calls beyond that wait; on Lambda they would start more. */
  readonly maxEnvironments?: number
  /** Each line of standard output and standard error, before the answer it was written for. */
  readonly onLine?: (line: string) => void
}

export type Lambda = {
  /**
   * `timeoutMs` is the caller's patience: the shorter of it and the function's own ends the call. By an `alias` the
   * same code runs, in the same environments, and finds the alias in its `invokedFunctionArn`.
   */
  readonly invoke: (event: unknown, timeoutMs?: number, alias?: string) => Promise<InvokeResult>
  readonly close: () => Promise<void>
}

/** Runs a bundle in worker threads as Lambda would: cold starts, one event at a time each, timeouts that kill. */
export function createLambda(options: LambdaOptions): Lambda {
  const { functionName = 'local', region = 'eu-west-1', memoryMb = 128, maxEnvironments = 4 } = options
  const { file, onLine = () => {} } = options
  const variables = {
    ...options.environment,
    AWS_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
  }
  const idle: Environment[] = []
  const all = new Set<Environment>()
  const waiting: (() => void)[] = []

  async function acquire(): Promise<Environment> {
    // Another call may take the place that woke this one up, so look again.
    for (;;) {
      const warm = idle.pop()
      if (warm !== undefined && !warm.dead()) return warm
      if (warm !== undefined) all.delete(warm)
      else if (all.size < maxEnvironments) {
        const cold = startEnvironment({ file, variables, functionName, region, memoryMb, onLine })
        all.add(cold)
        return cold
      } else await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }

  function release(environment: Environment): void {
    if (environment.dead()) all.delete(environment)
    else idle.push(environment)
    waiting.shift()?.()
  }

  return {
    async invoke(event, timeoutMs = options.timeoutMs, alias) {
      const environment = await acquire()
      try {
        const limitMs = Math.min(timeoutMs, options.timeoutMs)
        return await environment.invoke(JSON.stringify(event), limitMs, alias)
      } finally {
        release(environment)
      }
    },
    close: async () => {
      await Promise.all([...all].map((environment) => environment.close()))
    },
  }
}
