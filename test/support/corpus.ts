import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { variable } from '../../shared/config.ts'

const root = resolve(import.meta.dirname, '../..', variable('POSTERN_CORPORA') ?? '../shared/corpora')

/** A file of the test corpora, parsed; `undefined`, with a printed reason, where the corpora are absent. */
export function corpusFile<Content>(file: string): Content | undefined {
  const path = resolve(root, file)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  console.warn(`skipped: ${file} is not in ${root} (POSTERN_CORPORA)`)
  return undefined
}

/** Every JSON file of a folder of the corpora by its name; none, with a printed reason, where they are absent. */
export function corpusFolder<Content>(folder: string): readonly (readonly [string, Content])[] {
  const path = resolve(root, folder)
  if (!existsSync(path)) {
    console.warn(`skipped: ${folder} is not in ${root} (POSTERN_CORPORA)`)
    return []
  }
  const names = readdirSync(path).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => [name, JSON.parse(readFileSync(resolve(path, name), 'utf8'))])
}
