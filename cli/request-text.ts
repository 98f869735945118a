/** A request as people write it, `GET /orders/1`; or what is wrong with it, to follow the name of what holds it. */
export function parseRequestText(text: string): { method: string; path: string } | { wrong: string } {
  const [, method, path] = /^([A-Z]{1,16}) (\/.*)$/su.exec(text) ?? []
  if (method === undefined || path === undefined)
    return { wrong: "is a method in upper case, one space and a path, as in 'GET /orders/1'" }
  if (path.includes('?')) return { wrong: 'has a query; leave it out, it decides nothing' }
  if (/\/\{[^/]*\}(\/|$)/.test(path))
    return { wrong: "has a parameter in braces; a concrete path is due, as in 'GET /orders/1'" }
  return { method, path }
}
