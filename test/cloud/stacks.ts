import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { postern, root, run } from '../cli/run.ts'
import { aws } from './clients.ts'
import type { MiniStack } from './ministack.ts'
import { runOsls, writeService } from './osls.ts'

/** The AWS CLI, of MiniStack's account itself. Throws where it fails. */
export async function askAws(stack: MiniStack, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(aws, words, { env: stack.environment })
  if (code !== 0) throw new Error(`aws ${words.join(' ')}: ${stderr}`)
  return stdout
}

/** What a stack has as its outputs, by name. */
export async function outputsOf(stack: MiniStack, stackName: string): Promise<Record<string, string>> {
  const said = await askAws(stack, 'cloudformation', 'describe-stacks', '--stack-name', stackName)
  const [one] = JSON.parse(said).Stacks
  return Object.fromEntries(
    one.Outputs.map((output: Record<string, string>) => [output.OutputKey, output.OutputValue]),
  )
}

/** MiniStack forgets the aliases of a function whose code CloudFormation changes; Lambda keeps them. */
export async function restoreAlias(stack: MiniStack, name: string): Promise<void> {
  const named = ['--function-name', 'postern-dev-authorizer', '--name', name, '--function-version', '$LATEST']
  await askAws(stack, 'lambda', 'create-alias', ...named)
}

/** Postern's own service in a folder of its own, with a copy of the folder of a manifest beside it. */
export function copyPostern(folder: string, manifestFolder: string): void {
  mkdirSync(folder)
  cpSync(manifestFolder, join(folder, 'manifest'), { recursive: true })
  writeService(folder, readFileSync(join(root, 'serverless.yml'), 'utf8'))
}

/** Builds that manifest for the stage dev, with the keys of issuers on loopback, and deploys it. */
export async function deployPostern(stack: MiniStack, folder: string, issuersUrl: string): Promise<void> {
  const manifest = join(folder, 'manifest/access.yml')
  const options = ['--vars', join(folder, 'manifest/stages/dev.yml'), '--local', issuersUrl]
  const built = await postern(['build', '--access', manifest, ...options, '--out', join(folder, 'dist/dev')])
  expect(built, built.stderr).toMatchObject({ code: 0 })
  await deploy(stack, folder)
}

export async function deploy(stack: MiniStack, folder: string): Promise<void> {
  const deployed = await runOsls(stack, folder, ['deploy'])
  expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ code: 0 })
}
