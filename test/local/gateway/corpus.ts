import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { variable } from '../../../shared/config.ts'

/** A file of the test corpora, parsed; `undefined`, with a printed reason, where the corpora are absent. */
export function corpus<T>(file: string): T | undefined {
  const root = resolve(import.meta.dirname, '../../..')
  const path = resolve(root, variable('POSTERN_CORPORA') ?? '../shared/corpora', file)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  console.log(`skipped: ${file} is not there; POSTERN_CORPORA names the folder of the test corpora`)
  return undefined
}
