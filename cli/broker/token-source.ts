import { type Arguments, wrong } from '../arguments.ts'
import { CommandError, exit, type Surroundings } from '../command.ts'
import type { CommandSpec, OptionSpec } from '../help.ts'
import { looksLikeToken, readToken } from '../token-file.ts'
import { githubToken, githubVariables } from './github-token.ts'
import { onlyToken } from './only-token.ts'

export type TokenSource = {
  /** The token of this moment: whoever provides it replaces it before it ends, so it is asked for each time. */
  readonly read: (signal?: AbortSignal) => Promise<string>
  /** The environment variables that hold the token or lead to one. */
  readonly variables: readonly string[]
}

export const tokenOptions = {
  'token-file': {
    value: 'FILE',
    about: 'The token is in this file, bare or after "Bearer". It is read anew whenever a token is due.',
  },
  'token-env': { value: 'NAME', about: 'The token is in the environment variable of this name.' },
  github: {
    about:
      'The token is that of this job of GitHub Actions, which needs the permission `id-token: write`. A fresh one is ' +
      'asked for whenever one is due.',
  },
  audience: {
    value: 'TEXT',
    about: "What GitHub is to write as the token's audience; one the manifest lists. Default: postern.",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>

/** Throws a CommandError unless the call names exactly one source. Reads no token yet. */
export function readTokenSource(
  spec: CommandSpec,
  args: Arguments,
  stdin: Surroundings['stdin'],
): TokenSource {
  const [file, name, isGithub] = [args.option('token-file'), args.option('token-env'), args.isSet('github')]
  if ([file !== undefined, name !== undefined, isGithub].filter(Boolean).length !== 1)
    throw wrong(spec, 'say where the token is, by one of --token-file FILE, --token-env NAME and --github')
  const audience = args.option('audience')
  if (audience !== undefined && !isGithub)
    throw wrong(spec, '--audience goes with --github; any other token has its audience already')
  if (file !== undefined) return fileSource(spec, file, stdin)
  if (name !== undefined) return variableSource(spec, name)
  return { read: (signal) => githubToken(audience ?? 'postern', signal), variables: githubVariables }
}

function fileSource(spec: CommandSpec, file: string, stdin: Surroundings['stdin']): TokenSource {
  // Before any other work, and for a command that reads the token late too.
  if (looksLikeToken.test(file)) throw wrong(spec, '--token-file takes a file, not the token itself')
  const read = async () => onlyToken(await readToken(spec, file, stdin), `the file "${file}"`)
  return { read, variables: [] }
}

function variableSource(spec: CommandSpec, name: string): TokenSource {
  // Not shown: it may be the token itself.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw wrong(spec, '--token-env takes the name of an environment variable, as in GITLAB_OIDC_TOKEN')
  const read = async () => {
    const text = process.env[name]
    if (text) return onlyToken(text.trim(), `the variable ${name}`)
    const mend = 'export it where this command runs, or name another source of the token'
    throw new CommandError(exit.unknown, `the environment variable ${name} is not set, or empty`, mend)
  }
  return { read, variables: [name] }
}
