import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BuiltFunction } from '../bundle/build.ts'
import { createLab } from './lab.ts'
import { brokerBundle } from './lending.ts'
import { bundleOf } from './manifest.ts'
import type { Row, Section, Size } from './row.ts'

const limitBytes = 100_000

/** What is uploaded and parsed, and what it was made from. */
export async function bundleBytes(_: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const small = await bundleOf(lab, 10, folder)
  const large = await bundleOf(lab, 10_000, folder)
  const broker = await brokerBundle(lab, join(folder, 'lending'))
  return {
    title: 'Bundle',
    note: `The authorizer is made from ${describeInputs(small)}.`,
    rows: [
      bytesRow('authorizer, 10 roles', small.bytes, [small.file], limitBytes),
      bytesRow('authorizer, 10,000 roles', large.bytes, [large.file]),
      bytesRow('broker, what is loaded first', statSync(broker.file).size, [broker.file]),
      bytesRow('broker, all of it', broker.bytes, [broker.file, ...broker.chunks]),
    ],
  }
}

function bytesRow(what: string, bytes: number, files: readonly string[], limit?: number): Row {
  const gzipped = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
  const row = { what, value: kilobytes(bytes), beside: `${kilobytes(gzipped)} gzipped` }
  return limit === undefined ? row : { ...row, limit: kilobytes(limit), within: bytes < limit }
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
