import { access } from 'postern:access'
import { variable } from '../../shared/config.ts'
import { createSecretsManager } from '../../shared/secret/client.ts'
import { createAppClientSecrets } from '../../shared/secret/kind-cognito.ts'
import { createRotation } from './rotation.ts'

const signing = variable('POSTERN_SIGNING_SECRET')
const published = variable('POSTERN_PUBLIC_KEYS_SECRET')

/** The rotation function of Secrets Manager. */
export const handler = createRotation(access, {
  secretsManager: createSecretsManager(),
  signing: signing === undefined || published === undefined ? undefined : { signing, published },
  appClient: createAppClientSecrets,
  nowMs: Date.now,
  emit: (line) => process.stdout.write(`${line}\n`),
})
