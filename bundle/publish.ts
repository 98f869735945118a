import { randomUUID } from 'node:crypto'
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import packageJson from '../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '..')

/**
 * Builds the `postern` command as it is published: JavaScript, since Node strips no types under node_modules. Its
 * dependencies stay outside, so that adopters have one copy of each and can mend a hole in one by themselves.
 */
export async function publishCommand(): Promise<string> {
  const file = join(root, 'dist/cli/postern.js')
  const { outputFiles } = await build({
    entryPoints: [join(root, 'cli/postern.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    // The least of package.json's `engines`.
    target: 'node20',
    external: Object.keys(packageJson.dependencies),
    banner: { js: '#!/usr/bin/env node' },
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  await mkdir(dirname(file), { recursive: true })
  // In one step: `npm pack` builds this while somebody may be running it.
  const partial = `${file}.${randomUUID()}`
  await writeFile(partial, outputFiles[0]?.contents ?? '')
  await chmod(partial, 0o755)
  await rename(partial, file)
  return file
}

/** npm links the commands of dependencies, not a project's own; with this one, `npx postern` works in a clone too. */
async function linkCommand(file: string): Promise<void> {
  // Links need a privilege there; `npx .` does the same.
  if (process.platform === 'win32') return
  const link = join(root, 'node_modules/.bin/postern')
  const partial = `${link}.${randomUUID()}`
  await symlink(file, partial)
  await rename(partial, link)
}

if (import.meta.main) await linkCommand(await publishCommand())
