import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What a bot says of one object. */
export type Reading = { readonly text?: string; readonly code?: string; readonly message?: string }

/** A program that reads objects as they are named to it. */
export type Bot = {
  /** `bucket/key` */
  read(path: string): Promise<Reading>
  /** Lets it end, and gives what it wrote to standard error. */
  end(): Promise<string>
}

/** Starts one with this environment and no other. */
export function startBot([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Bot {
  const child = spawn(file, args, { env, stdio: 'pipe' })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async read(path) {
      child.stdin.write(`${path}\n`)
      const { value } = await lines.next()
      if (value === undefined) throw new Error(`the bot ended: ${stderr}`)
      return JSON.parse(value)
    },
    async end() {
      child.stdin.end()
      await ended
      return stderr
    },
  }
}
