import { type Answer, getJson } from '../broker/get-json.ts'
import { refusalOf } from '../broker/refusal.ts'
import { CommandError } from '../command.ts'
import { below } from './address.ts'
import type { Reading } from './clock.ts'
import { probe } from './probe.ts'
import { about, type Result } from './result.ts'
import { differences, type RolesAnswer, readRoles } from './roles-answer.ts'
import { reasonOf, tampered } from './token.ts'

export type BrokerFound = {
  readonly results: readonly Result[]
  readonly clock?: Reading | undefined
  /** What the deployment says that the token may do; absent where it did not say. */
  readonly roles?: RolesAnswer
}

const addressMend =
  'check the address of --broker, with its stage where it has one, and that the broker is deployed'

/** The broker as a monitor, a stranger, a forger and the probe's caller find it. `local`: what it should say to the last. */
export async function checkBroker(
  broker: URL,
  token: string | undefined,
  local: Answer | undefined,
  nowMs: () => number,
): Promise<BrokerFound> {
  const health = about('broker', 'GET /health')
  const reply = await probe({ url: below(broker, '/health') }, nowMs)
  if ('unanswered' in reply) return { results: [health.failed(reply.unanswered, addressMend)] }
  const isUp = reply.status === 200 && reply.body?.status === 'ok'
  const up = isUp ? health.ok('up') : health.failed(`answered ${reply.status}, not as a broker does`, addressMend) // biome-ignore format: one result
  const stranger = await checkStranger(broker, nowMs)
  const { clock } = reply
  if (token === undefined || local === undefined) {
    const why = 'no token was given'
    const left = ['tampered token', 'GET /roles'].map((subject) => about('broker', subject).skipped(why))
    return { results: [up, stranger, ...left], clock }
  }
  const forger = await asked(broker, tampered(token), 'tampered token', judgeForger)
  const caller = await asked(broker, token, 'GET /roles', (answer) => judgeCaller(answer, local, broker, token)) // biome-ignore format: one call
  const roles = caller.answer?.status === 200 ? readRoles(caller.answer.body) : undefined
  return { results: [up, stranger, forger.result, caller.result], clock, ...(roles && { roles }) }
}

async function checkStranger(broker: URL, nowMs: () => number): Promise<Result> {
  const { ok, failed } = about('broker', 'no token')
  const reply = await probe({ url: below(broker, '/roles') }, nowMs)
  if ('unanswered' in reply) return failed(reply.unanswered, addressMend)
  const { status, challenge = '', body } = reply
  if (status === 401 && /^bearer\b/i.test(challenge) && reasonOf(body) === 'token_missing')
    return ok('refused with 401 token_missing')
  if (status >= 200 && status < 300)
    return failed(`answered ${status} without a token`, 'take it off the network: this is not a sound broker')
  return failed(
    `answered ${status}, and not as a broker refuses: 401, WWW-Authenticate and a reason`,
    'check the address, and that nothing before the broker (an authorizer, a firewall) answers in its place',
  )
}

type Judged = { readonly result: Result; readonly answer?: Answer }

async function asked(
  broker: URL,
  token: string,
  subject: string,
  judge: (answer: Answer) => Result,
): Promise<Judged> {
  try {
    const url = below(broker, '/roles')
    const answer = await getJson({ who: 'the broker', url, authorization: `Bearer ${token}` })
    return { answer, result: judge(answer) }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { result: about('broker', subject).failed(error.message, error.mend) }
  }
}

function judgeForger({ status, body }: Answer): Result {
  const { ok, warning, failed } = about('broker', 'tampered token')
  if (status >= 200 && status < 300)
    return failed('accepted, though its signature is wrong', 'take the broker off the network at once')
  const reason = reasonOf(body) ?? 'no reason'
  if (status === 401 || status === 403) return ok(`refused with ${status} ${reason}`)
  return warning(
    `not accepted, but answered ${status} (${reason})`,
    'see the decision record of the broker; an issuer that is down is the usual cause',
  )
}

const maxListed = 6

function judgeCaller(answer: Answer, local: Answer, { host }: URL, token: string): Result {
  const { ok, failed } = about('broker', 'GET /roles')
  const deployed = answer.status === 200 ? readRoles(answer.body) : undefined
  if (answer.status === 200 && deployed === undefined)
    return failed('answered 200, and not as a broker lists roles', addressMend)
  const here = readRoles(local.body)
  if (deployed === undefined) {
    const { message, mend } = refusalOf(answer, host, token)
    return failed(`${message}${here ? '; by this manifest the token is good' : ''}`, here ? `${otherMend}, or: ${mend}` : mend) // biome-ignore format: one result
  }
  if (here === undefined) return failed('the deployment takes a token that this manifest refuses', otherMend)
  const found = differences(deployed, here)
  if (found.length === 0)
    return ok(`lists what this manifest does: ${here.routes.size} roles, ${here.loans.size} to borrow by`)
  const more = found.length > maxListed ? ` and ${found.length - maxListed} more` : ''
  return failed(
    `the deployment runs another manifest: ${found.slice(0, maxListed).join('; ')}${more}`,
    otherMend,
  )
}

const otherMend =
  'deploy this manifest (`postern build`), or give --access and --vars as the stage was built with'
