import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Run, run } from '../cli/run.ts'
import type { MiniStack } from './ministack.ts'

const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const deploymentBucket = 'deployments'

/** What MiniStack 1.4.21 lacks, so that it is taken out of the template on the way there. */
const unknownTypes = [
  'AWS::Logs::MetricFilter',
  'AWS::SecretsManager::RotationSchedule',
  'AWS::Cognito::UserPoolIdentityProvider',
]

/**
 * Its ValidateTemplate takes no TemplateURL, and osls asks that of every template. A plugin has to lie in the folder of
 * the service.
 */
const plugin = `'use strict'
module.exports = class {
  constructor(serverless) {
    this.hooks = {
      initialize: () => {
        serverless.pluginManager.hooks['aws:deploy:deploy:validateTemplate'] = []
      },
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { Resources } = serverless.service.provider.compiledCloudFormationTemplate
        for (const [id, { Type }] of Object.entries(Resources))
          if (${JSON.stringify(unknownTypes)}.includes(Type)) delete Resources[id]
        for (const one of Object.values(Resources))
          if (one.DependsOn) one.DependsOn = [one.DependsOn].flat().filter((id) => Resources[id])
      },
    }
  }
}
`

/** Writes a serverless.yml as it is, but for what MiniStack needs. */
export function writeService(folder: string, text: string): void {
  writePlugged(folder, withBucket(text))
}

/** The same text, or that of a file it includes, with the deployment bucket that is there. */
export function withBucket(text: string): string {
  const own = text.replace(
    /^( *)deploymentBucket:\n(?:\1 +.*\n)+/m,
    `$1deploymentBucket:\n$1  name: ${deploymentBucket}\n`,
  )
  if (own === text) throw new Error('this names no deployment bucket any more')
  return own
}

/** Writes a serverless.yml whose bucket stands elsewhere, with the plugin. */
export function writePlugged(folder: string, text: string): void {
  writeFileSync(join(folder, 'serverless.yml'), `${text}\nplugins: [./ministack.cjs]\n`)
  writeFileSync(join(folder, 'ministack.cjs'), plugin)
}

/** `osls deploy`, `osls remove` and so on, for the stage dev, in a service's folder. */
export function runOsls(stack: MiniStack, folder: string, words: readonly string[]): Promise<Run> {
  return run(process.execPath, [osls, ...words, '--stage', 'dev'], {
    cwd: folder,
    env: { ...cleared(), ...stack.environment, SLS_AWS_MONITORING_FREQUENCY: '300' },
  })
}

/** With it in place beforehand, no stack of osls's own is needed for it, whose making hangs now and then. */
export async function makeDeploymentBucket({ url }: MiniStack): Promise<void> {
  const { ok } = await fetch(`${url}/${deploymentBucket}`, { method: 'PUT' })
  if (!ok) throw new Error('MiniStack makes no bucket')
}

function cleared(): Record<string, undefined> {
  return Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]))
}
