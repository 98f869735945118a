import { isJsonObject, type Json, type JsonObject } from '../json.ts'

// Checks across keys run even where the shape is wrong somewhere else, so that one run shows every problem.

export function mapAt(value: unknown, ...path: readonly (string | number)[]): JsonObject {
  const found = valueAt(value, path)
  return isJsonObject(found) ? found : {}
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly Json[] {
  const found = valueAt(value, path)
  return Array.isArray(found) ? found : []
}

export function valueAt(value: unknown, path: readonly (string | number)[]): Json | undefined {
  let found = value as Json | undefined
  for (const step of path) {
    if (Array.isArray(found) && typeof step === 'number') found = found[step]
    else if (isJsonObject(found) && Object.hasOwn(found, step)) found = found[step]
    else return undefined
  }
  return found
}
