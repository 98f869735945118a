import { createGateway } from '../../../local/gateway/gateway.ts'
import { type InvokeResult, timedOut } from '../../../local/gateway/model.ts'
import { listen } from '../../../local/gateway/server.ts'
import { type Event, type StartGateway, timeout } from './contract/stand.ts'

/** Postern's own gateway for the contract suite, over real HTTP, with a clock that only the suite moves. */
export const startLocalGateway: StartGateway = async (template, functions) => {
  let nowMs = 1_790_000_000_000
  const calls = new Map<string, Event[]>()
  const timeouts = new Map<string, number[]>()
  const aliases = new Map<string, (string | undefined)[]>()

  async function invoke(
    functionId: string,
    event: unknown,
    timeoutMs: number,
    alias?: string,
  ): Promise<InvokeResult> {
    // What goes to a function goes as JSON, so a member that JSON drops must not be seen.
    const received = JSON.parse(JSON.stringify(event))
    calls.set(functionId, [...(calls.get(functionId) ?? []), received])
    timeouts.set(functionId, [...(timeouts.get(functionId) ?? []), timeoutMs])
    aliases.set(functionId, [...(aliases.get(functionId) ?? []), alias])
    try {
      const value = await functions[functionId]?.(received, timeoutMs)
      if (value === timeout) return { ok: false, errorType: timedOut, errorMessage: 'Task timed out' }
      return { ok: true, value: JSON.parse(JSON.stringify(value ?? null)) }
    } catch (error) {
      const { name, message } = error as Error
      return { ok: false, errorType: name, errorMessage: message }
    }
  }

  const gateway = createGateway({ template, invoke, nowMs: () => nowMs })
  const server = await listen(gateway, 0)
  return {
    url: (api) => {
      const found = gateway.apis.find((each) => each.logicalId === api)
      return `${server.url}/${found?.apiId}/${found?.stage}`
    },
    calls: (functionId) => calls.get(functionId) ?? [],
    timeouts: (functionId) => timeouts.get(functionId) ?? [],
    aliases: (functionId) => aliases.get(functionId) ?? [],
    advance: (seconds) => {
      nowMs += seconds * 1000
    },
    flush: () => gateway.flushAuthorizerCache(),
    close: server.close,
  }
}
