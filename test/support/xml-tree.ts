/** An element: what stands in it is text or elements, never both but for white space between elements. */
export type Element = {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

/**
 * A document of elements, attributes and text, read as strictly as XML 1.0 has it (section 2): one root, every element
 * closed, nothing that XML cannot say, no reference to what nobody declared. Throws an Error that says what is wrong.
 */
export function readXml(document: string): Element {
  const token =
    /<\?xml [^?]*\?>|<\/([\w.:-]+)\s*>|<([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y
  const root = open('', {})
  const path = [root]
  while (token.lastIndex < document.length) {
    const at = token.lastIndex
    const [whole, closed, opened, attributes = '', selfClosed, text] = token.exec(document) ?? []
    if (whole === undefined) throw new Error(`at ${at} is no tag`)
    const current = path.at(-1) as Open
    if (text !== undefined) current.text += unescaped(text)
    else if (closed !== undefined) {
      if (path.length === 1 || current.name !== closed)
        throw new Error(`</${closed}> closes <${current.name}>`)
      path.pop()
    } else if (opened !== undefined) {
      const child = open(opened, attributesOf(attributes))
      current.children.push(child)
      if (selfClosed === '') path.push(child)
    } else if (at > 0) throw new Error('the declaration is not at the beginning')
  }
  if (path.length > 1) throw new Error(`<${path.at(-1)?.name}> is not closed`)
  const [only, another] = root.children
  if (only === undefined || another !== undefined || root.text.trim() !== '')
    throw new Error('not one element')
  return only
}

type Open = Element & { readonly children: Element[]; text: string }

function open(name: string, attributes: Element['attributes']): Open {
  return { name, attributes, children: [], text: '' }
}

function attributesOf(text: string): Element['attributes'] {
  const all = [...text.matchAll(/([\w.:-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
    name,
    unescaped(value),
  ])
  if (new Set(all.map(([name]) => name)).size < all.length) throw new Error('an attribute is there twice')
  return Object.fromEntries(all)
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  if (text.includes(']]>')) throw new Error('"]]>" stands in text')
  const read = checked(text).replace(
    /&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));|&/g,
    (whole, decimal, hex, name) => {
      const known = name && Object.hasOwn(named, name) ? named[name] : undefined
      if (known !== undefined) return known
      const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : Number.NaN
      if (!(point <= 0x10ffff)) throw new Error(`"${whole}" is no reference`)
      return String.fromCodePoint(point)
    },
  )
  return checked(read)
}

function checked(text: string): string {
  if (/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text)) return text
  throw new Error('a character that XML cannot say')
}
