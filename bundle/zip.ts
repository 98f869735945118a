import { crc32, deflateRawSync } from 'node:zlib'

/**
 * A zip of these files, by their names in it: the same bytes for the same contents, with no time of day and no owner.
 * Node has no zip writer, and this is forty lines (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16).
 */
export function zipOf(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const { local, central } = entryOf(Buffer.from(name, 'utf8'), content, offset)
    locals.push(local)
    centrals.push(central)
    offset += local.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(centrals.length, 4) // entries on this disk
  end.writeUInt16LE(centrals.length, 6) // entries
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06', 'latin1'), end])
}

/** A file as it stands in the zip, and its line in the directory at the end. */
function entryOf(path: Buffer, content: Uint8Array, offset: number): { local: Buffer; central: Buffer } {
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

  const rest = Buffer.alloc(14)
  // Lambda reads the file as another user: rw-r--r--, in the high half of the external attributes.
  rest.writeUInt32LE((0o100644 << 16) >>> 0, 6)
  rest.writeUInt32LE(offset, 10)
  const madeByUnix = Buffer.from([20, 3])
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, packed]),
    central: Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeByUnix, common, rest, path]),
  }
}
