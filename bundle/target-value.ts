import type { ClaimName, SessionTag, Template } from '../shared/access/access.ts'

/** The key of the session's tag that always is this claim; `undefined` where there is none. */
export type TagOf = (claim: ClaimName) => string | undefined

/** A template as an AWS role's own policy can say it. */
export type Filled = {
  readonly text: string
  /** Whether a `*` stands for something, so that only what knows wildcards may compare it. */
  readonly isWide: boolean
  /** The claims that a `*` stands for. */
  readonly open: readonly string[]
}

/** Of a tag's key, what is beyond doubt within `${aws:PrincipalTag/…}`; STS takes more. */
const plainKey = /^[\w.-]+$/

/** An optional tag may be left out of a session, and would then deny what is lent. */
export function tagOf(tags: readonly SessionTag[]): TagOf {
  const keys = new Map<string, string>()
  for (const { key, value, optional } of tags) {
    const [piece, ...more] = value.filter((one) => one !== '')
    if (optional || !plainKey.test(key) || more.length > 0 || piece === undefined) continue
    if (typeof piece !== 'string') keys.set(JSON.stringify(piece.claim.path), key)
  }
  return ({ path }) => keys.get(JSON.stringify(path))
}

/** `arn`: IAM replaces variables in the sixth part of an ARN alone, and takes wildcards in the others too. */
export function filled(template: Template, tag: TagOf, place: 'arn' | 'text'): Filled {
  const open: string[] = []
  let text = ''
  let isWide = false
  for (const piece of template)
    if (typeof piece === 'string') {
      const latin = piece.replace(beyondLatin1, '*')
      isWide ||= latin !== piece
      text += latin
    } else {
      const key = place === 'text' || text.split(':').length > 5 ? tag(piece.claim) : undefined
      if (key === undefined) open.push(piece.claim.name)
      text += key === undefined ? '*' : `\${aws:PrincipalTag/${key}}`
    }
  return { text, isWide: isWide || open.length > 0, open }
}

/** IAM takes a role's policy in Latin-1, and an escape of JSON's does not survive CloudFormation. */
const beyondLatin1 = /[^\u0020-\u00ff]+/g
