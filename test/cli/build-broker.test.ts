import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
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
