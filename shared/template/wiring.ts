import type { Problem } from '../manifest/problem.ts'
import type { Api } from './api.ts'
import type { Authorizer } from './authorizer.ts'
import { readAuthorizers } from './authorizers.ts'
import { readApis } from './read-apis.ts'
import { readTemplate } from './template.ts'

/** What a template says of its APIs and their authorizers. */
export type Wiring = {
  readonly file: string
  readonly apis: readonly Api[]
  readonly authorizers: readonly Authorizer[]
  readonly warnings: readonly Problem[]
}

/** What checks found. Warnings leave the verdict as it is. */
export type Findings = { readonly problems: Problem[]; readonly warnings: Problem[] }

/** Throws a ManifestError with what in the template is broken, or cannot be known before it is deployed. */
export function readWiring(file: string): Wiring {
  const template = readTemplate(file)
  const { apis, warnings } = readApis(template)
  return { file, apis, authorizers: readAuthorizers(template, apis), warnings }
}
