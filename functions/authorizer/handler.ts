import { access } from 'postern:access'
import { fetchJson } from '../../shared/http/fetch-json.ts'
import { createAuthorizer } from './authorize.ts'

/** The Lambda authorizer. Bare: middy would cost a tenth of its cold start. */
export const handler = createAuthorizer(access, {
  fetchJson,
  nowMs: Date.now,
  emit: (line) => process.stdout.write(`${line}\n`),
})
