import type { Problem } from '../manifest/problem.ts'
import {
  type IdentitySource,
  identitySourceText,
  parseIdentitySource,
  type SourceApi,
} from './identity-source.ts'
import type { Properties } from './properties.ts'
import type { Part } from './template.ts'

/** IdentitySource of a REST API: a text of several, separated by commas. A TOKEN authorizer has one by itself. */
export function restSources(
  part: Part,
  type: 'TOKEN' | 'REQUEST',
  properties: Properties,
): readonly string[] | undefined {
  const isSet = part.value('IdentitySource').kind !== 'absent'
  const fallback = type === 'TOKEN' ? 'method.request.header.Authorization' : ''
  const text = isSet ? properties.text(part, 'IdentitySource') : fallback
  return text
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

/** IdentitySource of the others: a list of texts, where one alone may stand without its list. */
export function listedSources(
  part: Part,
  api: SourceApi,
  problems: Problem[],
): readonly string[] | undefined {
  const value = part.value('IdentitySource')
  if (value.kind === 'absent') return []
  const items = value.kind === 'plain' ? [value.value].flat() : [undefined]
  const texts = items.map((item) => {
    const each = part.evaluate(item)
    return each.kind === 'plain' && typeof each.value === 'string' ? each.value : undefined
  })
  if (texts.every((text) => text !== undefined)) return texts
  return invalid(part, api, problems, 'IdentitySource is not a list of texts that stand in the template')
}

/** `isToken`: of a TOKEN authorizer, which reads one header. */
export function readSources(
  part: Part,
  api: SourceApi,
  texts: readonly string[],
  problems: Problem[],
  isToken = false,
): readonly IdentitySource[] | undefined {
  const sources: IdentitySource[] = []
  for (const text of texts) {
    const source = parseIdentitySource(api, text)
    if (source === undefined)
      return invalid(part, api, problems, `${JSON.stringify(text)} is no identity source of this type of API`)
    sources.push(source)
  }
  if (isToken && sources.length === 1 && sources[0]?.from !== 'header')
    return invalid(part, api, problems, 'a TOKEN authorizer reads a header, and IdentitySource is none')
  if (isToken && sources.length > 1)
    return invalid(part, api, problems, 'a TOKEN authorizer reads one header, and IdentitySource has several')
  return sources
}

function invalid(part: Part, api: SourceApi, problems: Problem[], message: string): undefined {
  const example = identitySourceText(api, { from: 'header', name: 'Authorization' })
  const text = api === 'rest' ? example : `[${example}]`
  problems.push(part.problem('resource_invalid', message, `write IdentitySource as in ${text}`))
}
