import type { RoutesFile } from './referenced-files.ts'
import type { AppText, Manifest } from './schema.ts'
import type { Source } from './source.ts'

/** What is built for one app: the root's own part, or an included manifest with its settings. */
export type LoadedPart = {
  /** `api` for the root's own. */
  readonly name: string
  /** The issuers are the root's; `api` holds the settings, wherever they stand. */
  readonly manifest: Pick<Manifest, 'issuers' | 'api' | 'roles'>
  /** Knows also where the settings stand that the root's entry of the app has. */
  readonly source: Source
  /** `undefined` where the API names no routes file. */
  readonly routesFile: RoutesFile | undefined
  readonly unusedVariables: readonly string[]
  /** The APIs that belong to it; `undefined` where the manifest has no apps, and the part answers for every API. */
  readonly apiIds: readonly string[] | undefined
  /** The settings that an included manifest says itself; its entry in the root has the others. */
  readonly ownSettings: readonly string[]
  /** What it may hand out at most; `undefined` for the root's own. */
  readonly allow: AppText['allow'] | undefined
}

/** The name of the root's own part, which no app may have. */
export const rootName = 'api'

/** A role as others name it: with its app, where that is an included manifest's. */
export function roleName({ allow, name }: Pick<LoadedPart, 'allow' | 'name'>, role: string): string {
  return allow === undefined ? role : `${name}.${role}`
}
