import { parentPort, workerData } from 'node:worker_threads'
import { createAuthorizer } from '../../../functions/authorizer/authorize.ts'
import { fetchJson } from '../../../shared/http/fetch-json.ts'

// An authorizer in a thread of its own, which stops dead between invocations as a Lambda does: no timer fires, no
// socket is read, and the clock goes on.
const lines: string[] = []
const authorizer = createAuthorizer(workerData.access, {
  fetchJson,
  nowMs: Date.now,
  emit: (line) => lines.push(line),
})
const stopped = new Int32Array(new SharedArrayBuffer(4))

parentPort?.on('message', async ({ event, freezeMs }: { event: unknown; freezeMs: number }) => {
  const startMs = performance.now()
  await authorizer(event).catch(() => undefined)
  const tookMs = performance.now() - startMs
  parentPort?.postMessage({ record: JSON.parse(lines.at(-1) ?? '{}'), tookMs })
  Atomics.wait(stopped, 0, 0, freezeMs)
})
