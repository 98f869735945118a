import { pathToFileURL } from 'node:url'
import type { Access, AccessRows, Rows } from '../../shared/access/access.ts'

/**
 * The access that a bundle holds, caught as it freezes itself while it is loaded, with the rows of its lists read as
 * run-time code reads them. Each file is loaded once.
 */
export async function frozenAccessOf(file: string): Promise<Access> {
  const { apps, roles, rules, ...rest } = await rowsIn(file)
  const all = <T>(rows: Rows<T>) => Object.freeze(Array.from(rows, (_, at) => rows.at(at) as T))
  return Object.freeze({ ...rest, apps: all(apps), roles: all(roles), rules: all(rules) })
}

async function rowsIn(file: string): Promise<AccessRows> {
  const real = Object.freeze
  let found: AccessRows | undefined
  const watching = (value: object): object => {
    if ('issuers' in value && 'rules' in value) found = value as AccessRows
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
