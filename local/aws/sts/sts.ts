import { hash, randomUUID } from 'node:crypto'
import type { HttpRequest, Outcome } from '../http.ts'
import type { Surroundings } from '../principal.ts'
import { Refused } from '../refused.ts'
import { errorAnswer } from './answers.ts'
import type { StsSettings } from './assume-role.ts'
import { answerOfMode, briefSeconds, type Mode, skewMs } from './modes.ts'
import { answerSts, answerWebIdentity, formOf, isWebIdentity } from './service.ts'

/** One request that STS was sent. */
export type StsRequestSeen = {
  /** Empty where the request named none. */
  readonly action: string
  /** As sent: `Tags.member.1.Key`. */
  readonly parameters: Readonly<Record<string, string>>
  /** Whether it was given what it asked for. */
  readonly answered: boolean
  /** The error's code, where it was refused with one. */
  readonly code: string | undefined
  readonly mode: Mode
}

export type ModeOptions = {
  /** For the next so many requests; up again after. Default: all. */
  readonly times?: number
  /** For `brief` (4). */
  readonly lastsSeconds?: number
}

export type Sts = {
  readonly requests: readonly StsRequestSeen[]
  setMode(mode: Mode, options?: ModeOptions): void
  answer(request: HttpRequest, surroundings: Surroundings): Promise<Outcome>
}

/** STS with its mode and its memory of requests. */
export function createSts(settings: StsSettings): Sts {
  const requests: StsRequestSeen[] = []
  let setting = { mode: 'up' as Mode, times: Number.POSITIVE_INFINITY, lastsSeconds: briefSeconds }
  return {
    requests,
    setMode(mode, { times = Number.POSITIVE_INFINITY, lastsSeconds = briefSeconds } = {}) {
      setting = { mode, times, lastsSeconds }
    },
    async answer(request, surroundings) {
      const mode = setting.times > 0 ? setting.mode : 'up'
      setting.times--
      const form = formOf(request)
      const nowMs = surroundings.nowMs + (mode === 'skew' ? skewMs : 0)
      const ours = mode === 'brief' ? { ...settings, lastsSeconds: setting.lastsSeconds } : settings
      const { outcome, code } = await answerIn(mode, ours, request, form, { ...surroundings, nowMs })
      const answered = code === undefined && ['up', 'skew', 'brief'].includes(mode)
      requests.push({
        action: form.get('Action') ?? '',
        parameters: seenParameters(form),
        answered,
        code,
        mode,
      })
      return typeof outcome === 'string'
        ? outcome
        : { ...outcome, headers: { ...outcome.headers, date: new Date(nowMs).toUTCString() } }
    },
  }
}

/** A token is kept as its digest alone. */
function seenParameters(form: URLSearchParams): Readonly<Record<string, string>> {
  const { WebIdentityToken, ...rest } = Object.fromEntries(form)
  if (WebIdentityToken === undefined) return rest
  return { ...rest, WebIdentityToken: hash('sha256', WebIdentityToken, 'base64url') }
}

async function answerIn(
  mode: Mode,
  settings: StsSettings,
  request: HttpRequest,
  form: URLSearchParams,
  surroundings: Surroundings,
): Promise<{ readonly outcome: Outcome; readonly code?: string }> {
  const requestId = randomUUID()
  const whatever = answerOfMode(
    mode,
    isWebIdentity(form) ? 'AssumeRoleWithWebIdentity' : 'AssumeRole',
    requestId,
  )
  if (whatever) return whatever
  try {
    const asked = { ...surroundings, requestId }
    if (isWebIdentity(form)) return { outcome: await answerWebIdentity(settings, form, asked) }
    return { outcome: answerSts(settings, request, form, asked) }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { outcome: errorAnswer(error, requestId), code: error.code }
  }
}
