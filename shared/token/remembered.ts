/** Tokens remembered in each of two generations: 1 to 2 KB of claims each. */
export const maxGeneration = 500

/**
 * A bounded memory. New entries go into a young generation; when that is full it becomes the old one, and what only
 * the former old one held is forgotten. A `Map` used as a queue, the oldest key deleted first, costs 80 us an
 * insertion at this size, since V8 keeps deleted entries in its order.
 */
export class Remembered<Value> {
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  get(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= maxGeneration) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
