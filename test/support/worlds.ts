import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { World } from '../../local/world.ts'
import type { DecisionRecord } from '../../shared/audit/record.ts'
import type { Json } from '../../shared/json.ts'

/** Whom to sign a token for. */
export type Claimant = { readonly issuer: string; readonly claims: Readonly<Record<string, Json>> }

/** What a world says of itself; `tokens` are in the order of the claimants. */
export type WorldState = Pick<World, 'access' | 'url' | 'apis'> & { readonly tokens: readonly string[] }

export type RunningWorld = WorldState & {
  /** The records since the last time. */
  readonly records: () => Promise<readonly DecisionRecord[]>
  readonly close: () => Promise<void>
}

/** `startWorld` with this manifest and these routes, in a process of its own and on free ports. */
export async function worldOf(
  manifest: object,
  routes: object,
  claimants: readonly Claimant[],
): Promise<RunningWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-world-'))
  const accessFile = join(folder, 'access.yml')
  await writeFile(accessFile, JSON.stringify(manifest))
  await writeFile(join(folder, 'routes.json'), JSON.stringify(routes))
  const child = fork(resolve(import.meta.dirname, 'world-process.ts'), [
    accessFile,
    JSON.stringify(claimants),
  ])
  const exited = once(child, 'exit')
  const next = async <Message>(): Promise<Message> => {
    const early = exited.then(([code]) => {
      throw new Error(`the world ended with code ${code}`)
    })
    const [message] = await Promise.race([once(child, 'message'), early])
    return message
  }
  const state = await next<WorldState>()
  return {
    ...state,
    records: () => {
      child.send('records')
      return next()
    },
    close: async () => {
      child.disconnect()
      await exited
      await rm(folder, { recursive: true })
    },
  }
}
