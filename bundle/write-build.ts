import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Access } from '../shared/access/access.ts'
import { type BuiltFunction, bundleFunctions } from './build.ts'
import { brokerStatements } from './iam-statements.ts'
import { serviceOf } from './service.ts'
import { zipOf } from './zip.ts'

/**
 * Writes what a manifest makes to a folder, which is made if it is not there: each function's code, its zip, and
 * service.json, which serverless.yml includes. All is made beside the place where it goes, and moved there file by file,
 * in one step each. Throws what the file system says; a folder that it made is then gone again.
 */
export async function writeBuild(access: Access, outDir: string): Promise<readonly BuiltFunction[]> {
  let firstMade: string | undefined
  let scratch: string | undefined
  try {
    firstMade = await makeFolder(resolve(outDir))
    scratch = await mkdtemp(join(outDir, '.postern-'))
    const built = await bundleFunctions(access, scratch)
    const zips = await Promise.all(built.map((one) => writeZip(one, scratch as string)))
    const service = join(scratch, 'service.json')
    await writeFile(service, jsonText(serviceOf(access)))
    const target = (file: string) => join(outDir, relative(scratch ?? '', file))
    // What an index.mjs loads is there before it is, and what names all of them comes last.
    const code = built.flatMap(({ file, chunks }) => [...chunks, file])
    for (const from of [...code, ...zips, service]) {
      await mkdir(dirname(target(from)), { recursive: true })
      await rename(from, target(from))
    }
    await rm(scratch, { recursive: true })
    const moved = built.map((one) => ({ ...one, file: target(one.file), chunks: one.chunks.map(target) }))
    for (const one of moved) await removeOldChunks(one)
    const statements = join(outDir, 'broker', statementsFile)
    if (moved.some(({ name }) => name === 'broker'))
      await writeFile(statements, jsonText(brokerStatements(access)))
    else await removeBroker(outDir)
    return moved
  } catch (error) {
    const made = firstMade ?? scratch
    if (made !== undefined) await rm(made, { recursive: true, force: true })
    throw error
  }
}

/** Of the function's files alone: `index.mjs` and its chunks. */
async function writeZip({ name, file, chunks }: BuiltFunction, folder: string): Promise<string> {
  const files = [file, ...chunks].map(
    async (path) => [relative(dirname(file), path), await readFile(path)] as const,
  )
  const zip = join(folder, `${name}.zip`)
  await writeFile(zip, zipOf(Object.fromEntries(await Promise.all(files))))
  return zip
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const statementsFile = 'iam-statements.json'

/** One of an earlier build would lend on what the manifest lends no longer. */
async function removeBroker(outDir: string): Promise<void> {
  const folder = join(outDir, 'broker')
  const index = join(folder, 'index.mjs')
  if (!existsSync(join(folder, statementsFile)) || !existsSync(index)) return
  for (const one of [index, join(folder, statementsFile), join(folder, 'chunks'), join(outDir, 'broker.zip')])
    await rm(one, { recursive: true, force: true })
}

/** Those of an earlier build, which no index.mjs loads any more. */
async function removeOldChunks({ file, chunks }: BuiltFunction): Promise<void> {
  const folder = join(dirname(file), 'chunks')
  const present = await readdir(folder).catch(() => [])
  const old = present.filter((name) => !chunks.includes(join(folder, name)))
  await Promise.all(old.map((name) => rm(join(folder, name))))
}

/**
 * Makes a folder and those above it that are not there, and returns the topmost it made. One at a time: where the
 * system answers ENOENT in a folder that exists, as in /proc, Node's recursive mkdir tries for ever.
 */
async function makeFolder(folder: string): Promise<string | undefined> {
  const above = dirname(folder)
  if (existsSync(folder) || above === folder) return undefined
  const firstMade = await makeFolder(above)
  try {
    await mkdir(folder)
  } catch (error) {
    // Another build may have made it meanwhile.
    if (!existsSync(folder)) throw error
    return firstMade
  }
  return firstMade ?? folder
}
