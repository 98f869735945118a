/** An element's content: text, or elements by their names. */
export type Xml = string | { readonly [name: string]: Xml | undefined }

/** STS's namespace and API version (facts B2). */
const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** A document of STS: one element in its namespace. Members that are `undefined` are left out. */
export function xmlDocument(name: string, content: Xml): string {
  return `<${name} xmlns="${namespace}">${contentOf(content)}</${name}>`
}

/** Whether XML 1.0 can say the text at all (section 2.2): most control characters it cannot, not even escaped. */
export function isXmlText(text: string): boolean {
  return sayable.test(text)
}

function contentOf(content: Xml): string {
  if (typeof content === 'string') return escapeText(content)
  return Object.entries(content)
    .flatMap(([name, inner]) => (inner === undefined ? [] : `<${name}>${contentOf(inner)}</${name}>`))
    .join('')
}

function escapeText(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}

const sayable = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u
