import { setTimeout } from 'node:timers/promises'
import { access } from 'postern:access'
import { variable } from '../../shared/config.ts'
import { fetchJson } from '../../shared/http/fetch-json.ts'
import { createSecretsManager } from '../../shared/secret/client.ts'
import { createHeldSecret } from '../../shared/secret/store.ts'
import { createIdentities } from '../../shared/state/identities.ts'
import { createSingleUse } from '../../shared/state/single-use.ts'
import { createSts, createStsWebIdentity } from '../../shared/sts/client.ts'
import { createBroker } from './broker.ts'

const table = variable('POSTERN_STATE_TABLE')
const wait = (ms: number): Promise<void> => setTimeout(ms)
const reading = { secretsManager: createSecretsManager(), nowMs: Date.now, wait }

/** The broker, behind an HTTP API, a REST API or a function URL. */
export const handler = createBroker(access, {
  fetchJson,
  nowMs: Date.now,
  send: createSts(),
  sendByToken: createStsWebIdentity(),
  identities: table === undefined ? undefined : createIdentities(table, Date.now),
  singleUse: table === undefined ? undefined : createSingleUse(table, Date.now),
  secrets: {
    hold: (secretId) => createHeldSecret(secretId, reading),
    signing: variable('POSTERN_SIGNING_SECRET'),
    published: variable('POSTERN_PUBLIC_KEYS_SECRET'),
  },
  emit: (line) => process.stdout.write(`${line}\n`),
})
