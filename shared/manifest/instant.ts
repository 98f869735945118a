// RFC 3339 section 5.6; a leap second (:60) has no epoch second of its own.
const instant =
  /^(\d{4})-(\d{2})-(\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** An RFC 3339 instant as epoch seconds, a fraction cut off so that nothing lasts longer; `undefined` for other text. */
export function parseInstant(text: string): number | undefined {
  const found = instant.exec(text)
  if (found === null) return undefined
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  // Date.parse rolls 30 February over into March.
  const date = new Date(Date.UTC(2000, 0, 1))
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  const milliseconds = Date.parse(text.toUpperCase())
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
