/** Every text with a star, with the way to it. */
export function textsWithStar(value: unknown, path: string): string[] {
  if (typeof value === 'string') return value.includes('*') ? [`${path}: ${value}`] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => textsWithStar(inner, `${path}.${key}`))
}
