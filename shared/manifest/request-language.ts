/**
 * The texts a Resource pattern or a route's path stands for, as steps that each take one character or, with `many`,
 * any number of them. `takes` is a character code, or one of the two classes. Build time only.
 */
export type Language = readonly { readonly takes: number; readonly many: boolean }[]

const anything = -1
const notSlash = -2
const slash = '/'.charCodeAt(0)
/** Stands for all characters that no route may spell: whatever holds for one of them holds for each. */
const foreign = 0

/** A Resource pattern of IAM: `*` any run of characters, `/` among them, `?` exactly one (facts A3). */
export function patternLanguage(pattern: string): Language {
  return [...pattern].map((each) => ({
    takes: each === '*' || each === '?' ? anything : each.charCodeAt(0),
    many: each === '*',
  }))
}

/** A route's path: `{x}` one character or more without `/`, `{proxy+}` one or more of any, `$default` any path. */
export function pathLanguage(path: string): Language {
  if (path === '$default') return patternLanguage('/*')
  return path
    .split(/(\{[^}]*\})/)
    .filter((part) => part !== '')
    .flatMap((part) => {
      if (!part.startsWith('{')) return patternLanguage(part)
      const takes = part.endsWith('+}') ? anything : notSlash
      return [
        { takes, many: false },
        { takes, many: true },
      ]
    })
}

/** Where a text has left a language for good. */
const off = -1

type State = {
  readonly pattern: number
  readonly path: number
  readonly except: number
  readonly after: number
}

/**
 * Whether some path is in the language of `pattern` and of `path`, and not in that of `except`. Exact: walks the
 * product of the three, each place of it once. `path` and `except` are of routes, whose next step is never in doubt.
 * Paths with an empty segment or a trailing slash are left out, since they are refused before any route is looked for.
 */
export function meet(pattern: Language, path: Language, except: Language = nothing): boolean {
  const seen = new Set<number>()
  const open: State[] = []
  const visit = (state: State): void => {
    const spot = (state.pattern * (path.length + 1) + state.path) * (except.length + 2) + state.except + 1
    if (seen.has(spot * 4 + state.after)) return
    seen.add(spot * 4 + state.after)
    open.push(state)
  }
  visit({ pattern: 0, path: 0, except: 0, after: after.nothing })
  for (let state = open.pop(); state; state = open.pop()) {
    if (state.after !== after.slash && ends(pattern, state.pattern) && ends(path, state.path))
      if (!ends(except, state.except)) return true
    for (const character of charactersAt(state, pattern, path, except)) {
      const nextPath = step(path, state.path, character)
      const nextAfter = follow(state.after, character)
      if (nextPath === off || nextAfter === undefined) continue
      const nextExcept = step(except, state.except, character)
      for (const next of steps(pattern, state.pattern, character))
        visit({ pattern: next, path: nextPath, except: nextExcept, after: nextAfter })
    }
  }
  return false
}

/** A language without texts. */
const nothing: Language = [{ takes: -3, many: false }]

/** What a text read so far ends with. The root `/` is the one path that may end with a slash. */
const after = { nothing: 0, root: 1, slash: 2, text: 3 } as const

function follow(before: number, character: number): number | undefined {
  if (character !== slash) return after.text
  if (before === after.nothing) return after.root
  return before === after.text ? after.slash : undefined
}

/** Characters that may lead to different places: those that a step names, `/`, and one that stands for the others. */
function charactersAt(state: State, pattern: Language, path: Language, except: Language): Iterable<number> {
  const only = path[state.path]
  if (only && !only.many && only.takes >= 0) return [only.takes]
  const characters = new Set([slash, foreign])
  for (const takes of [...heads(pattern, state.pattern), ...heads(except, state.except)])
    if (takes >= 0) characters.add(takes)
  return characters
}

/** What the next character may be taken by: a step that takes many may also take none. */
function heads(language: Language, at: number): readonly number[] {
  const found: number[] = []
  for (let next = at; next !== off && next < language.length; next++) {
    const { takes, many } = language[next] as Language[number]
    found.push(takes)
    if (!many) break
  }
  return found
}

function ends(language: Language, at: number): boolean {
  if (at === off) return false
  for (let next = at; next < language.length; next++) if (!language[next]?.many) return false
  return true
}

/** After `{x}` comes `/` or the end, after `{proxy+}` the end: what takes a character keeps it. */
function step(language: Language, at: number, character: number): number {
  return steps(language, at, character)[0] ?? off
}

function steps(language: Language, at: number, character: number): readonly number[] {
  const found: number[] = []
  for (let next = at; next !== off && next < language.length; next++) {
    const { takes, many } = language[next] as Language[number]
    if (takes === character || takes === anything || (takes === notSlash && character !== slash))
      found.push(many ? next : next + 1)
    if (!many) break
  }
  return found
}
