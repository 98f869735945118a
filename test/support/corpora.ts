import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { variable } from '../../shared/config.ts'

/** The rows of a file of the test corpora; none, with a printed reason, where the corpora are absent. */
export function corpusRows<Row>(file: string): readonly Row[] {
  const folder = resolve(import.meta.dirname, '../..', variable('POSTERN_CORPORA') ?? '../shared/corpora')
  const path = resolve(folder, file)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')).cases
  console.warn(`skipped: ${file} is not in ${folder} (POSTERN_CORPORA)`)
  return []
}
