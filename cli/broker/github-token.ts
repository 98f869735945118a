import { variable } from '../../shared/config.ts'
import { isFetchable } from '../../shared/http/fetch-json.ts'
import { CommandError, exit } from '../command.ts'
import { getJson } from './get-json.ts'
import { onlyToken } from './only-token.ts'

/** Who has these gets a token of the job, for any audience. */
export const githubVariables = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'] as const

/** A fresh identity token of the job of GitHub Actions this runs in, for one audience. */
export async function githubToken(audience: string, signal?: AbortSignal): Promise<string> {
  const [address, secret] = githubVariables.map(variable)
  if (address === undefined || secret === undefined)
    throw new CommandError(
      exit.unknown,
      `GitHub offers this job no identity token: ${githubVariables.join(' and ')} are not set`,
      'give the job `permissions: id-token: write` (jobs for pull requests from forks cannot have it)',
    )
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !isFetchable(url))
    throw notGithub('ACTIONS_ID_TOKEN_REQUEST_URL is no https address')
  url.searchParams.set('audience', audience)
  const authorization = `bearer ${onlyToken(secret, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN')}`
  const { status, body } = await getJson({ who: 'GitHub', url, authorization, signal })
  if (status !== 200) throw notGithub(`GitHub at ${url.host} gave no identity token, it answered ${status}`)
  if (typeof body?.value !== 'string') throw notGithub(`GitHub at ${url.host} answered without a token`)
  return onlyToken(body.value, "GitHub's answer")
}

function notGithub(message: string): CommandError {
  return new CommandError(
    exit.unknown,
    message,
    'run this in a step of a job with `permissions: id-token: write`',
  )
}
