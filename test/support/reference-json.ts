import type { Json } from '../../shared/json.ts'

/**
 * RFC 8259 by recursive descent over code points, with the rules a token's JSON has beside it: the top is an object,
 * no name twice in one object, nor one with a quote, a backslash or a control, at most 32 levels, strict UTF-8. Slow and plain on purpose; it shares no idea with
 * what it judges.
 */
export function referenceParse(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: new Reader(decodeUtf8(bytes)).document() }
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

class Refused extends Error {}

/** RFC 3629 section 4, by its table of well-formed sequences. */
function decodeUtf8(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number
    const length =
      first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
    if (length === 0 || at + length > bytes.length) throw new Refused()
    let code = length === 1 ? first : first & (0xff >> (length + 1))
    for (let more = 1; more < length; more++) {
      const next = bytes[at + more] as number
      if (next >> 6 !== 2) throw new Refused()
      code = code * 64 + (next & 63)
    }
    const least = [0, 0, 0x80, 0x800, 0x10000][length] as number
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new Refused()
    text += String.fromCodePoint(code)
    at += length
  }
  return text
}

class Reader {
  #at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  document(): Json {
    this.#space()
    if (this.#peek() !== '{') throw new Refused()
    const value = this.#value(0)
    this.#space()
    if (this.#at !== this.#text.length) throw new Refused()
    return value
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#peek()) && this.#peek() !== '') this.#at++
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #must(token: string): void {
    if (!this.#take(token)) throw new Refused()
  }

  #value(depth: number): Json {
    this.#space()
    const next = this.#peek()
    if (next === '{') return this.#object(depth + 1)
    if (next === '[') return this.#array(depth + 1)
    if (next === '"') return this.#string()
    if (this.#take('true')) return true
    if (this.#take('false')) return false
    if (this.#take('null')) return null
    const number = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/.exec(this.#text.slice(this.#at))
    if (!number) throw new Refused()
    this.#at += number[0].length
    return Number(number[0])
  }

  #object(depth: number): Json {
    if (depth > 32) throw new Refused()
    const members = new Map<string, Json>()
    this.#must('{')
    this.#space()
    if (!this.#take('}')) {
      do {
        this.#space()
        const name = this.#string()
        this.#space()
        this.#must(':')
        if (members.has(name) || [...name].some((one) => one < ' ' || one === '"' || one === '\\'))
          throw new Refused()
        members.set(name, this.#value(depth))
        this.#space()
      } while (this.#take(','))
      this.#must('}')
    }
    const object = {}
    for (const [name, value] of members)
      Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
    return object
  }

  #array(depth: number): Json {
    if (depth > 32) throw new Refused()
    const items: Json[] = []
    this.#must('[')
    this.#space()
    if (this.#take(']')) return items
    do {
      items.push(this.#value(depth))
      this.#space()
    } while (this.#take(','))
    this.#must(']')
    return items
  }

  #string(): string {
    this.#must('"')
    let text = ''
    for (;;) {
      const next = this.#peek()
      if (next === '' || next < ' ') throw new Refused()
      this.#at++
      if (next === '"') return text
      text += next === '\\' ? this.#escape() : next
    }
  }

  #escape(): string {
    const letter = this.#peek()
    this.#at++
    if (letter === 'u') {
      const hex = /^[0-9A-Fa-f]{4}/.exec(this.#text.slice(this.#at))
      if (!hex) throw new Refused()
      this.#at += 4
      return String.fromCharCode(Number.parseInt(hex[0], 16))
    }
    const known = '"\\/bfnrt'.indexOf(letter)
    if (known === -1 || letter === '') throw new Refused()
    return '"\\/\b\f\n\r\t'[known] as string
  }
}
