import { crc32, deflateRawSync } from 'node:zlib'

/**
 * A zip of one file, the same bytes for the same content: no time of day, no owner. Node has no zip writer, and
 * one entry is forty lines (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16).
 */
export function zipOf(name: string, content: Uint8Array): Buffer {
  const path = Buffer.from(name, 'utf8')
  const packed = deflateRawSync(content, { level: 9 })
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0) // version needed: 2.0
  common.writeUInt16LE(0x0800, 2) // the name is UTF-8
  common.writeUInt16LE(8, 4) // deflate
  common.writeUInt16LE(0, 6) // time
  common.writeUInt16LE(0x21, 8) // 1 January 1980, the first date there is
  common.writeUInt32LE(crc32(content), 10)
  common.writeUInt32LE(packed.length, 14)
  common.writeUInt32LE(content.length, 18)
  common.writeUInt16LE(path.length, 22)

  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, packed])
  const rest = Buffer.alloc(14)
  // Lambda reads the file as another user: rw-r--r--, in the high half of the external attributes.
  rest.writeUInt32LE((0o100644 << 16) >>> 0, 6)
  const madeByUnix = Buffer.from([20, 3])
  const central = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeByUnix, common, rest, path])

  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4) // entries on this disk
  end.writeUInt16LE(1, 6) // entries
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(local.length, 12)
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06', 'latin1'), end])
}
