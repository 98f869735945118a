import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readArguments } from '../../cli/arguments.ts'
import { readBorrowing } from '../../cli/broker/borrowing.ts'
import { credentialsCommand } from '../../cli/command/credentials.ts'
import { CommandError } from '../../cli/command.ts'
import { ManifestError } from '../../shared/manifest/problem.ts'
import { accessOf } from '../support/access.ts'
import { bearer, brokerAccess, brokerStand, manifest, tokenFor, urlEvent, useSts } from '../support/broker.ts'

useSts()

const { spec } = credentialsCommand
async function* nothing(): AsyncGenerator<never> {}

/** What the broker is asked for by `--scope`; throws as the command does. */
function asked(scope: string): URL {
  const words = [
    '--broker',
    'https://broker.example',
    '--role',
    'exporter',
    '--token-env',
    'T',
    `--scope=${scope}`,
  ]
  return readBorrowing(spec, readArguments(spec, words), nothing()).url
}

const lending = (scope: string) => {
  const { exporter, ...others } = manifest.roles
  const { credentials } = exporter
  const { read } = credentials.scopes
  const renamed = { ...exporter, credentials: { ...credentials, scopes: { list: read, [scope]: read } } }
  return { ...manifest, roles: { ...others, exporter: renamed } }
}

function manifestTakes(scope: string): boolean {
  try {
    accessOf(lending(scope))
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(ManifestError)
    return false
  }
}

const takes = (scope: string): boolean => {
  try {
    return asked(scope).searchParams.get('scope') === scope
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError)
    expect((error as CommandError).message).toBe(
      '--scope is names of scopes, joined by + or spaces, as in read+write',
    )
    return false
  }
}

const name = fc.string({ unit: fc.constantFrom(...'abz019:/.,_-~!#$%&()*;<=>?@[]^`{|}\'"\\+ äß\u007f\t'), minLength: 1, maxLength: 4 }) // biome-ignore format: a list

test('the command takes a name exactly where the manifest does', () => {
  expect(['orders:read', 'https://api.example/orders.read', 'a,b', '*'].map(takes)).toEqual(
    Array(4).fill(true),
  )
  fc.assert(
    fc.property(name, (scope) => {
      // Two names to the command, and a variable to the manifest, which says so of itself.
      fc.pre(!/[ +]|\$\{/.test(scope))
      expect([scope, takes(scope)]).toEqual([scope, manifestTakes(scope)])
    }),
  )
  for (const length of [128, 129]) expect(takes('x'.repeat(length))).toBe(manifestTakes('x'.repeat(length)))
})

test('no scope has + in its name, so that what stands between two is never half of one', () => {
  for (const scope of ['+', 'a+b', '+a']) expect(manifestTakes(scope)).toBe(false)
})

describe('what the command asks for, a real broker gives', () => {
  const stand = (scope: string) => brokerStand({ ...accessOf(lending(scope)), issuers: brokerAccess.issuers })
  const ask = async (scope: string, { pathname, search }: URL) => {
    const { statusCode, record } = await stand(scope).call(
      urlEvent('GET', pathname + search, bearer(tokenFor())),
    )
    return { statusCode, scopes: record.scopes }
  }

  test.each(['orders:read', 'a&durationSeconds=900', '50%', '%2B', 'read#x', '?'])('%s', async (scope) => {
    expect(await ask(scope, asked(scope))).toEqual({ statusCode: 200, scopes: scope })
  })

  test.each([
    'list+orders:read',
    'orders:read list',
    ' orders:read  list',
    'list++orders:read+',
    'list+orders:read+list',
  ])('"%s" is two scopes', async (scopes) => {
    expect(await ask('orders:read', asked(scopes))).toEqual({ statusCode: 200, scopes: 'list orders:read' })
  })
})

test.each(['+', ' ', '++ '])('"%s" names no scope', (scopes) => {
  expect(() => asked(scopes)).toThrow('--scope is names of scopes, joined by + or spaces')
})
