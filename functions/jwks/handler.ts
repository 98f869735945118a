import { setTimeout } from 'node:timers/promises'
import { access } from 'postern:access'
import { variable } from '../../shared/config.ts'
import { createSecretsManager } from '../../shared/secret/client.ts'
import { createHeldSecret } from '../../shared/secret/store.ts'
import { createJwks } from './jwks.ts'

const published = variable('POSTERN_PUBLIC_KEYS_SECRET')
const wait = (ms: number): Promise<void> => setTimeout(ms)
const reading = { secretsManager: createSecretsManager(), nowMs: Date.now, wait }

/** Discovery and the key set, behind the broker's API. */
export const handler = createJwks(access.tokens, {
  published: published === undefined ? undefined : createHeldSecret(published, reading),
  nowMs: Date.now,
  emit: (line) => process.stdout.write(`${line}\n`),
})
