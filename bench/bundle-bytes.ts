import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { BuiltFunction } from '../bundle/build.ts'
import { createLab } from './lab.ts'
import { bundleOf } from './manifest.ts'
import type { Row, Section, Size } from './row.ts'

const limitBytes = 100_000

/** What is uploaded and parsed, and what it was made from. */
export async function bundleBytes(_: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const small = await bundleOf(lab, 10, folder)
  const large = await bundleOf(lab, 10_000, folder)
  return {
    title: 'Bundle',
    note: `Made from ${describeInputs(small)}.`,
    rows: [bytesRow('10 roles', small, limitBytes), bytesRow('10,000 roles', large)],
  }
}

function bytesRow(what: string, built: BuiltFunction, limit?: number): Row {
  const row = {
    what: `authorizer, ${what}`,
    value: kilobytes(built.bytes),
    beside: `${kilobytes(gzipSync(readFileSync(built.file)).length)} gzipped`,
  }
  return limit === undefined ? row : { ...row, limit: kilobytes(limit), within: built.bytes < limit }
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`

/** How esbuild names what bundle/build.ts takes from Node without an import. */
const builtin = 'builtin:'

function describeInputs({ inputs }: BuiltFunction): string {
  const counts = new Map<string, number>()
  const builtins = new Set<string>()
  for (const [file, { imports }] of Object.entries(inputs)) {
    for (const { path, external } of imports) if (external) builtins.add(path)
    if (file.startsWith(builtin)) builtins.add(file.slice(builtin.length))
    else {
      const source = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'Postern'
      counts.set(source, (counts.get(source) ?? 0) + 1)
    }
  }
  const files = [...counts].map(([source, count]) => `${source} (${count} files)`)
  return [...files, ...builtins].join(', ')
}
