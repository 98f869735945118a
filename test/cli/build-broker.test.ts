import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifest } from '../support/broker.ts'
import { postern } from './run.ts'

test('postern build writes beside the broker what its own role must be allowed, by exact ARNs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-build-broker-'))
  writeFileSync(join(folder, 'access.yml'), JSON.stringify(manifest))
  const { code } = await postern([
    'build',
    '--access',
    join(folder, 'access.yml'),
    '--out',
    join(folder, 'out'),
  ])
  expect(code).toBe(0)
  const statements = JSON.parse(readFileSync(join(folder, 'out/broker/iam-statements.json'), 'utf8'))
  expect(statements).toContainEqual({
    Effect: 'Allow',
    Action: ['sts:TagSession'],
    Resource: ['arn:aws:iam::123456789012:role/exporter'],
  })
  expect(JSON.stringify(statements)).not.toContain('*')
})

test('a manifest that lends nothing leaves no broker of an earlier build, and nothing else is touched', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-build-broker-'))
  const build = async (roles: object) => {
    writeFileSync(join(folder, 'access.yml'), JSON.stringify({ ...manifest, roles }))
    return postern(['build', '--access', join(folder, 'access.yml'), '--out', join(folder, 'out')])
  }
  expect((await build(manifest.roles)).code).toBe(0)
  writeFileSync(join(folder, 'out/broker/notes.txt'), 'mine')
  expect((await build({ reader: manifest.roles.reader })).code).toBe(0)
  expect(readdirSync(join(folder, 'out/broker'))).toEqual(['notes.txt'])
  expect(existsSync(join(folder, 'out/authorizer/index.mjs'))).toBe(true)
})

test('a folder of that name which no build made is left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-build-broker-'))
  mkdirSync(join(folder, 'broker'))
  writeFileSync(join(folder, 'broker/index.mjs'), 'mine')
  const lendsNothing = { ...manifest, roles: { reader: manifest.roles.reader } }
  writeFileSync(join(folder, 'access.yml'), JSON.stringify(lendsNothing))
  expect((await postern(['build', '--access', join(folder, 'access.yml'), '--out', folder])).code).toBe(0)
  expect(readFileSync(join(folder, 'broker/index.mjs'), 'utf8')).toBe('mine')
})

test('chunks that no bundle loads any more are removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-build-broker-'))
  writeFileSync(join(folder, 'access.yml'), JSON.stringify(manifest))
  const build = () => postern(['build', '--access', join(folder, 'access.yml'), '--out', join(folder, 'out')])
  await build()
  const chunks = readdirSync(join(folder, 'out/broker/chunks'))
  writeFileSync(join(folder, 'out/broker/chunks/old-ABCDEFGH.mjs'), '')
  await build()
  expect(readdirSync(join(folder, 'out/broker/chunks'))).toEqual(chunks)
})
