import { isJsonObject, type Json } from '../json.ts'
import type { Report } from './rules.ts'
import type { Path } from './source.ts'

/** An empty map could mean none or any, so it is neither. */
export function emptyMap(path: Path, value: Json | undefined, report: Report): void {
  if (!isJsonObject(value) || Object.keys(value).length > 0) return
  report('empty_map', path, `"${path.at(-1)}" is empty`, 'fill it, or take the key out', 'key')
}
