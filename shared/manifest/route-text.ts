import { parseRoute, type Route } from '../gateway/route.ts'
import { claimOf, templateAt, wrongTemplate } from './template.ts'

/** `claims`: which stand for a whole segment, and in which place of the path. In `route` each is a parameter. */
export type RouteText =
  | { readonly route: Route; readonly claims: readonly { readonly at: number; readonly name: string }[] }
  | { readonly wrong: string }

/** A route as the manifest writes it: API Gateway's syntax, and `{claims.x}` for a whole segment. */
export function readRoute(text: string): RouteText {
  let plain = ''
  const claims: { at: number; name: string }[] = []
  for (let at = 0; at < text.length; ) {
    const template = text[at] === '{' ? templateAt(text.slice(at)) : undefined
    if (template === undefined) {
      plain += text[at++]
      continue
    }
    const wrong = wrongTemplate(template, ['claims'])
    if (wrong !== undefined) return { wrong }
    const after = text[at + template.length] ?? '/'
    if (text[at - 1] !== '/' || after !== '/') return { wrong: `"${template}" must be a whole segment` }
    claims.push({ at: plain.split('/').length - 2, name: claimOf(template) })
    plain += '{claim}'
    at += template.length
  }
  const slip = templateSlip.exec(plain)?.[0]
  if (slip !== undefined)
    return {
      wrong: `"${slip}" is a parameter, which takes anything; the caller's own claim is {claims.name}`,
    }
  const route = parseRoute(plain)
  return typeof route === 'string' ? { wrong: route } : { route, claims }
}

/** `{claim.sub}` and `{Claims.sub}` would open what `{claims.sub}` keeps apart. */
const templateSlip = /\{claims?[.:][^}]*\}/i

/** In a message: a list that a person still reads. */
const maxNames = 50

export function namesOf(routes: readonly { readonly text: string }[]): string {
  const more = routes.length - maxNames
  const names = routes.slice(0, maxNames).map(({ text }) => text)
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
