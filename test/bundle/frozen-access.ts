import { pathToFileURL } from 'node:url'
import type { Access } from '../../shared/access/access.ts'

/** The access that a bundle holds, caught as it freezes itself while it is loaded. Each file is loaded once. */
export async function frozenAccessOf(file: string): Promise<Access> {
  const real = Object.freeze
  let found: Access | undefined
  const watching = (value: object): object => {
    if ('issuers' in value && 'rules' in value) found = value as Access
    return real(value)
  }
  Object.freeze = watching as typeof Object.freeze
  try {
    await import(pathToFileURL(file).href)
  } finally {
    Object.freeze = real
  }
  if (found === undefined) throw new Error(`${file} froze no access when it was loaded`)
  return found
}
