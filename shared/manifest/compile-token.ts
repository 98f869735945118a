import type { App } from '../access/access.ts'
import type { ApiText } from './schema.ts'

/** The one place of the token. Header names are compared without regard to case. */
export function compileToken(token: ApiText['token']): App['token'] {
  if (token?.query !== undefined) return { place: 'query', name: token.query }
  if (token?.cookie !== undefined) return { place: 'cookie', name: token.cookie }
  return { place: 'header', name: (token?.header ?? 'authorization').toLowerCase() }
}
