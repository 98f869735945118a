import { PosternError } from '../../shared/error.ts'
import type { Call, HttpAnswer } from './call.ts'
import { answerCallerIdentity } from './caller-identity.ts'
import type { Parts } from './parts.ts'
import { answerWebIdentity } from './web-identity.ts'

const actions: Readonly<
  Record<string, (parts: Parts, call: Call, form: URLSearchParams) => Promise<HttpAnswer>>
> = {
  AssumeRoleWithWebIdentity: answerWebIdentity,
  GetCallerIdentity: answerCallerIdentity,
}

/** STS's one version (facts B2). */
const version = '2011-06-15'

/** `POST /`: STS's query protocol, as far as SDKs need it to get credentials. Anything else is refused with a hint. */
export async function answerSts(parts: Parts, call: Call): Promise<HttpAnswer> {
  const form = new URLSearchParams(call.body)
  const [action, another] = form.getAll('Action')
  if (action === undefined || another !== undefined)
    throw new PosternError('action_unknown', 'the body is no form with one "Action"')
  if (!Object.hasOwn(actions, action)) throw new PosternError('action_unknown', hint)
  call.record.action = action
  const said = form.get('Version')
  if (said !== null && said !== version)
    throw new PosternError('request_invalid', `"Version" is not ${version}`)
  form.delete('Action')
  form.delete('Version')
  return (actions[action] as (typeof actions)[string])(parts, call, form)
}

const hint = `this is Postern's broker, which speaks ${Object.keys(actions).join(' and ')} alone; send other actions to AWS`
