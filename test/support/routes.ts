import fc from 'fast-check'

/** Few words, so that random routes and requests meet; some are names that every object has. */
const words = ['a', 'b', 'orders', 'constructor', '__proto__']
const word = fc.constantFrom(...words)
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const segment = fc.oneof(
  { weight: 3, arbitrary: word },
  { weight: 2, arbitrary: fc.constantFrom('{x}', '{y}') },
)

const path = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean(), fc.constantFrom('{proxy+}', '{rest+}'))
  .map(([segments, greedy, last]) => `/${(greedy ? [...segments, last] : segments).join('/')}`)

/** A route template, ANY and `$default` among them. */
export const routeText = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fc.constantFrom('ANY', 'GET', 'GET', 'POST'), path).map((parts) => parts.join(' ')),
  },
  { weight: 1, arbitrary: fc.constant('$default') },
)

/** Templates that name one route once: the names of parameters do not count. */
export const routeTexts = (maxLength: number) =>
  fc.uniqueArray(routeText, { maxLength, selector: (text) => text.replace(/\{\w+/g, '{') })

export const requestMethod = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('GET', 'POST') },
  { weight: 2, arbitrary: fc.constantFrom(...methods) },
  { weight: 1, arbitrary: fc.constantFrom('ANY', 'TRACE', 'PROPFIND') },
)

/** A path of a request, canonical or not. */
export const requestPath = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(fc.oneof(word, fc.constantFrom('x', '{x}', 'GET')), { maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(
        fc.oneof(word, fc.constantFrom('', '.', '..', '%2F', 'a%20b', '*', '?', '?*', '\\', '\n', ':')),
        { maxLength: 4 },
      )
      .map((parts) => `/${parts.join('/')}`),
  },
)

export const apiType = fc.constantFrom('rest' as const, 'http' as const)
