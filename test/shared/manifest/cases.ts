import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parse } from 'yaml'
import { type LoadedManifest, type LoadOptions, loadManifest } from '../../../shared/manifest/load.ts'
import { ManifestError, type Problem } from '../../../shared/manifest/problem.ts'

/** A case of test/cases/manifest: accepted, or refused with exactly these problems. */
export type Case = {
  readonly name: string
  readonly key?: string
  readonly problems?: readonly string[]
  readonly manifest: string
  /** Manifests that it includes, by their path beside it. */
  readonly files?: Readonly<Record<string, string>>
}

export const casesFolder = join(import.meta.dirname, '../../cases/manifest')

const prelude = 'version: 1\nissuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }\n'

/** A case without a version of its own gets the two lines every manifest needs. */
export function textOf({ manifest }: Pick<Case, 'manifest'>): string {
  return /^(?:version|---|%|\{)/.test(manifest) ? manifest : prelude + manifest
}

export function readCases(prefix: string): readonly Case[] {
  return readdirSync(casesFolder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.yml'))
    .flatMap((name) => parse(readFileSync(join(casesFolder, name), 'utf8')) as Case[])
}

const folder = mkdtempSync(join(tmpdir(), 'postern-manifest-'))
for (const name of readdirSync(casesFolder))
  if (name.endsWith('.json')) writeFileSync(join(folder, name), readFileSync(join(casesFolder, name)))

/** Writes a file beside the cases' own referenced files, and says where. */
export function write(name: string, text: string | Uint8Array): string {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** An included manifest that says nothing. */
write('b.yml', 'version: 1\n')

export function writeFiles(files: Case['files'] = {}): void {
  for (const [name, text] of Object.entries(files)) write(name, text)
}

export function load(manifest: string, options?: LoadOptions): LoadedManifest {
  return loadManifest(write('access.yml', textOf({ manifest })), options)
}

/** The problems of a manifest, none if it holds. Anything thrown but a ManifestError is a crash. */
export function problemsOf(manifest: string, options?: LoadOptions): readonly Problem[] {
  try {
    load(manifest, options)
    return []
  } catch (error) {
    if (error instanceof ManifestError) return error.problems
    throw error
  }
}

/** `code line:column`, with the file's name for another file than the manifest. */
export function places(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, file, line, column }) => {
    const name = relative(folder, file)
    return `${code} ${name === 'access.yml' ? '' : `${name}:`}${line}:${column}`
  })
}
