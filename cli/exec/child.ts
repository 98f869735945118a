import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import type { Surroundings } from '../command.ts'

/** What a shell ends with where a command is not there, and where it cannot be run. */
const notFound = 127
const notRunnable = 126

/** A terminal sends these to every process in front of it, the command included: to forward them would double them. */
const ofTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP']
const forwarded: readonly NodeJS.Signals[] = [...ofTerminal, 'SIGTERM', 'SIGUSR1', 'SIGUSR2']

/** Runs a command without a shell, on this process's own standard streams. Resolves to its exit code, as a shell's. */
export function runChild(
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  complain: Surroundings['complain'],
): Promise<number> {
  const { promise, resolve } = settleable<number>()
  const failed = ({ code }: NodeJS.ErrnoException) => {
    const why =
      code === 'ENOENT' ? 'there is no such command' : `it cannot be run (${code ?? 'unknown error'})`
    complain(
      `postern: ${file}: ${why}\n  mend: name a program, by its path or one on the PATH; there is no shell\n`,
    )
    resolve(code === 'ENOENT' ? notFound : notRunnable)
  }
  let child: ChildProcess
  try {
    child = spawn(file, args, { env, stdio: 'inherit' })
  } catch (error) {
    failed(error as NodeJS.ErrnoException)
    return promise
  }
  const stop = forwardSignals(child)
  child.once('error', (error) => child.pid === undefined && failed(error))
  child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  return promise.finally(stop)
}

/** Also keeps this process alive until the command ends, whatever it makes of the signal. */
function forwardSignals(child: ChildProcess): () => void {
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd))
  const forward = (signal: NodeJS.Signals) => {
    if (!hasTerminal || !ofTerminal.includes(signal)) child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, forward)
  return () => {
    for (const signal of forwarded) process.off(signal, forward)
  }
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function settleable<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
