import type { App } from '../../shared/access/access.ts'
import type { Decision } from '../../shared/access/decide.ts'

/** What AppSync takes (facts A8). `deniedFields` has all that the caller may not have, since the answer is cached. */
export type AppSyncAnswer = {
  readonly isAuthorized: boolean
  readonly resolverContext?: Readonly<Record<string, string>>
  readonly deniedFields?: readonly string[]
  /** Seconds; it takes the place of the API's own time to live. */
  readonly ttlOverride: number
}

/** Unlike API Gateway, AppSync can be told that an answer ends with its token. */
export function appSyncAnswer(
  app: App,
  { effect, roles }: Decision,
  context: Readonly<Record<string, string>>,
  secondsLeft: number,
): AppSyncAnswer {
  const ttlOverride = Math.max(0, Math.floor(Math.min(app.cacheSeconds, secondsLeft)))
  if (effect === 'deny') return { isAuthorized: false, ttlOverride }
  const granted = new Set(roles.flatMap((role) => role.routes))
  const deniedFields = app.fields.filter((field) => !granted.has(`ANY ${field}`))
  return { isAuthorized: true, resolverContext: context, deniedFields, ttlOverride }
}
