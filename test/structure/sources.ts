import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { transformSync } from 'esbuild'

export const root = resolve(import.meta.dirname, '../..')

/** A source file: its path from the root, its text, and its code, which is the text without comments and types. */
export type Source = { readonly path: string; readonly text: string; readonly code: string }

export const topFolders = [
  'functions',
  'shared',
  'bundle',
  'cli',
  'local',
  'bench',
  'examples',
  'test',
] as const

/** Every TypeScript file of the project below these folders, all of them by default. */
export function sources(...folders: readonly string[]): readonly Source[] {
  return (folders.length > 0 ? folders : topFolders).flatMap((folder) => [...walk(folder)].map(read))
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* walk(path)
    else if (/\.(ts|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) yield path
  }
}

const known = new Map<string, Source>()

function read(path: string): Source {
  const held = known.get(path)
  if (held) return held
  const text = readFileSync(join(root, path), 'utf8')
  // `verbatimModuleSyntax` keeps imports whose values the text does not use, as Node's type stripping does.
  const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } }
  const { code } = transformSync(text, { loader: 'ts', minifyWhitespace: true, legalComments: 'none', target: 'esnext', tsconfigRaw }) // biome-ignore format: one call
  const source = { path, text, code }
  known.set(path, source)
  return source
}

/**
 * What a file imports or re-exports, imports of types included: paths from the root for files, names for the rest.
 * Read off the statements as the formatter lays them out; structure.test.ts holds it against esbuild's own reading.
 */
export function importsOf({ path, text }: Source): readonly string[] {
  const statement = /^(?:import|export)\s(?:[^'";]*?\sfrom\s+)?'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'\s*\)/gm
  const names = [...text.matchAll(statement)].map(([, still, dynamic]) => (still ?? dynamic) as string)
  return [...new Set(names)].map((name) =>
    name.startsWith('.') ? normalize(join(dirname(path), name)) : name,
  )
}

/**
 * The folder a file belongs to in design section 2: `shared/token`, `cli`; the leaves of shared/ are `shared`. The files
 * of local/ itself are composition roots and leaves side by side, so each stands for itself.
 */
export function folderOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  if (/\.\w+$/.test(second)) return top === 'local' ? path : top
  return ['shared', 'functions', 'local'].includes(top) ? `${top}/${second}` : top
}
