/**
 * Which routes a request may resolve to, from a flat list of templates: each becomes a regular expression, and those
 * that match are ranked as API Gateway ranks them. Written unlike shared/gateway/resolve.ts, which walks a tree.
 */
type Template = { readonly method: string; readonly path: string }

export const templateOf = (text: string): Template => {
  if (text === '$default') return { method: 'ANY', path: '$default' }
  const [method = '', path = ''] = text.split(' ')
  return { method, path: path.replace(/\{\w+/g, '{') }
}

const methods = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/

/** The paths (names of parameters left out) of the routes that must all be granted; none where no route matches. */
export function referencePaths(
  texts: readonly string[],
  api: 'rest' | 'http',
  method: string,
  path: string,
): readonly string[] {
  if (!methods.test(method)) return []
  const templates = texts.map(templateOf).filter((one) => one.path !== '$default' || api === 'http')
  const matching = [...new Set(templates.map((one) => one.path))].filter((one) => regexOf(one).test(path))
  const has = (one: string, wanted: string) => templates.some((t) => t.path === one && t.method === wanted)
  const serves = (one: string) => has(one, method) || has(one, 'ANY')
  if (api === 'rest') {
    const [first, ...rest] = matching.toSorted((a, b) => (ranks(a) < ranks(b) ? -1 : 1))
    return first !== undefined && serves(first) ? [first] : rest.filter(serves)
  }
  const usable = matching.filter(serves)
  const full = usable.filter((one) => !one.includes('+'))
  const contenders = full.length > 0 ? full : usable
  if (contenders.length === 0) return templates.some((one) => one.path === '$default') ? ['$default'] : []
  const beats = (a: string, b: string) => a !== b && within(a, b) && (has(a, method) || !has(b, method))
  return contenders.filter((one) => !contenders.some((other) => beats(other, one)))
}

/** Whether every path that `a` takes, `b` takes too: tried on a short and a long sample of a word nobody uses. */
function within(a: string, b: string): boolean {
  return ['~', '~/~/~/~/~/~/~'].every((rest) => regexOf(b).test(a.replaceAll('{}', '~').replace('{+}', rest)))
}

function ranks(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment === '{+}' ? 'c' : segment === '{}' ? 'b' : 'a'))
    .join('')
}

function regexOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((segment) =>
      segment === '{+}' ? '.+' : segment === '{}' ? '[^/]+' : segment.replace(/\W/g, '\\$&'),
    )
  return new RegExp(`^${source.join('/')}$`, 's')
}

/** Whether a path has one reading, for paths without escapes. */
export function referenceCanonical(path: string): boolean {
  if (path === '/') return true
  return !/%|\\|[?#]|\p{Cc}| $/u.test(path) && /^(?:\/(?!\.{0,2}(?:;|\/|$))[^/]+)+$/s.test(path)
}
