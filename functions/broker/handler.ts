import { access } from 'postern:access'
import { variable } from '../../shared/config.ts'
import { fetchJson } from '../../shared/http/fetch-json.ts'
import { createIdentities } from '../../shared/state/identities.ts'
import { createSts } from '../../shared/sts/client.ts'
import { createBroker } from './broker.ts'

const table = variable('POSTERN_STATE_TABLE')

/** The broker, behind an HTTP API, a REST API or a function URL. */
export const handler = createBroker(access, {
  fetchJson,
  nowMs: Date.now,
  send: createSts(),
  identities: table === undefined ? undefined : createIdentities(table, Date.now),
  emit: (line) => process.stdout.write(`${line}\n`),
})
