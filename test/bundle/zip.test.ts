import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { zipOf } from '../../bundle/zip.ts'

describe('zipOf', () => {
  const content = Buffer.from('export const handler = async () => 1\n'.repeat(50))

  it('is the same bytes on every run', () => {
    expect(zipOf({ 'index.mjs': content }).equals(zipOf({ 'index.mjs': content }))).toBe(true)
  })

  it('holds the file, as its central directory says where and how long', () => {
    const zip = zipOf({ 'index.mjs': content })
    const end = zip.subarray(-22)
    expect(end.readUInt32LE(0)).toBe(0x06054b50)
    expect(end.readUInt16LE(10)).toBe(1)
    const central = zip.subarray(end.readUInt32LE(16))
    expect(central.length).toBe(end.readUInt32LE(12) + 22)
    expect(central.readUInt32LE(0)).toBe(0x02014b50)
    expect(central.readUInt32LE(24)).toBe(content.length)
    expect(central.subarray(46, 46 + central.readUInt16LE(28)).toString()).toBe('index.mjs')
    // Readable by the user Lambda runs as.
    expect(central.readUInt32LE(38) >>> 16).toBe(0o100644)
    const local = zip.subarray(central.readUInt32LE(42))
    expect(local.readUInt32LE(0)).toBe(0x04034b50)
    const start = 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
    expect(inflateRawSync(local.subarray(start, start + central.readUInt32LE(20))).equals(content)).toBe(true)
  })
})
