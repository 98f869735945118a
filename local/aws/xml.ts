/** What stands in an element: text, elements by name, or several elements of one name. `undefined` is left out. */
export type XmlContent = string | number | XmlElements | readonly XmlContent[] | undefined
export type XmlElements = { readonly [name: string]: XmlContent }

/** Elements in the order of their names in the object. */
export function xml(elements: XmlElements): string {
  return Object.entries(elements)
    .map(([name, content]) => element(name, content))
    .join('')
}

/** A document's outermost element. */
export function xmlRoot(name: string, namespace: string, elements: XmlElements): string {
  return `<${name} xmlns="${namespace}">${xml(elements)}</${name}>`
}

function element(name: string, content: XmlContent): string {
  if (content === undefined) return ''
  if (Array.isArray(content)) return content.map((one) => element(name, one)).join('')
  const inner = typeof content === 'object' ? xml(content as XmlElements) : escaped(String(content))
  return `<${name}>${inner}</${name}>`
}

/** Control characters become references, which XML 1.0 forbids and S3 sends nevertheless; its SDKs read them. */
function escaped(text: string): string {
  return text.replace(/[&<>"'\p{Cc}]/gu, (character) => `&#${character.codePointAt(0)};`)
}
