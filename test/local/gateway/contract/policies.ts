import { describe, expect, it } from 'vitest'
import { allow, bearer, policy, send } from './stand.ts'
import type { Suite } from './suite.ts'

const all = 'arn:aws:execute-api:*'
const invoke = 'execute-api:Invoke'

/** Status of `GET path` under statements, on REST and HTTP; the two must agree. */
export function describePolicies({ rest, http }: Suite): void {
  async function verdict(statements: readonly object[], path = '/pets/1'): Promise<number> {
    const stands = [await rest(() => policy(statements)), await http(() => policy(statements))]
    const statuses = [
      (await send(stands[0]!.url('Rest'), path, bearer)).status,
      (await send(stands[1]!.url('Http'), path, bearer)).status,
    ]
    expect(new Set(statuses).size).toBe(1)
    return statuses[0] ?? 0
  }
  const allowing = (Resource: string | string[], path?: string) =>
    verdict([{ Effect: 'Allow', Action: invoke, Resource }], path)

  describe('A3 wildcards in a resource', () => {
    it('A3: * crosses slashes, and is also nothing', async () => {
      expect(await allowing(`${all}/GET/files/*`, '/files/a/b/c')).toBe(200)
      expect(await allowing(`${all}/GET/pets*`, '/pets')).toBe(200)
    })
    it('A3: a * that is not last swallows segments: stage, method and path', async () => {
      expect(await allowing(`${all}/*/GET/b`, '/files/GET/b')).toBe(200)
    })
    it('A2: …/*/* matches the root', async () => {
      expect(await allowing(`${all}/*/*`, '/')).toBe(200)
    })
    it('A3: ? is exactly one character, a slash too', async () => {
      expect(await allowing(`${all}/GET/pets/?`, '/pets/1')).toBe(200)
      expect(await allowing(`${all}/GET/pets/?`, '/pets/12')).toBe(403)
      expect(await allowing(`${all}/GET/pets?1`, '/pets/1')).toBe(200)
      expect(await allowing(`${all}/GET/files/a?b`, '/files/a/b')).toBe(200)
    })
    it('A3: everything else is itself: no dot, no class, no case', async () => {
      expect(await allowing(`${all}/GET/pets/.`, '/pets/1')).toBe(403)
      expect(await allowing(`${all}/GET/pets/[0-9]`, '/pets/1')).toBe(403)
      expect(await allowing(`${all}/GET/Pets/1`, '/pets/1')).toBe(403)
    })
    it('A3: matches the whole ARN, not a part of it', async () => {
      expect(await allowing(`${all}/GET/pets`, '/pets/1')).toBe(403)
      expect(await allowing('GET/pets/1', '/pets/1')).toBe(403)
    })
    it('A3: one of a list is enough', async () => {
      expect(await allowing([`${all}/GET/a`, `${all}/GET/pets/1`])).toBe(200)
      expect(await allowing([`${all}/GET/a`, `${all}/GET/b`])).toBe(403)
    })
    it('A2: a policy variable never allows, and in a Deny counts as a match', async () => {
      expect(await allowing([`${all}/GET/pets/\${*}`, `${all}/GET/pets/1`])).toBe(403)
      const deny = { Effect: 'Deny', Action: invoke, Resource: `${all}/GET/other/\${aws:userid}` }
      expect(await verdict([{ Effect: 'Allow', Action: invoke, Resource: '*' }, deny])).toBe(403)
    })
    it('A2: $default is a stage, not a variable', async () => {
      const stand = await http(() => allow(`${all}/$default/GET/pets`))
      expect((await send(stand.url('Http'), '/pets', bearer)).status).toBe(200)
    })
    it('A3: a pattern full of stars is answered at once', async () => {
      const started = performance.now()
      expect(await allowing(`${'*a'.repeat(200)}b`, `/files/${'a'.repeat(1200)}`)).toBe(403)
      expect(performance.now() - started).toBeLessThan(2000)
    })
  })

  describe('A3 statements', () => {
    for (const [Action, expected] of [
      [invoke, 200],
      ['execute-api:*', 200],
      ['*', 200],
      ['EXECUTE-API:invoke', 200],
      [['s3:GetObject', invoke], 200],
      ['execute-api:ManageConnections', 403],
      ['s3:*', 403],
      ['Invoke', 403],
    ] as [string | string[], number][])
      it(`A3: Action ${JSON.stringify(Action)}: ${expected}`, async () => {
        expect(await verdict([{ Effect: 'Allow', Action, Resource: '*' }])).toBe(expected)
      })
    it('A3: a Deny of another action denies nothing', async () => {
      const statements = [
        { Effect: 'Allow', Action: invoke, Resource: '*' },
        { Effect: 'Deny', Action: 's3:*', Resource: '*' },
      ]
      expect(await verdict(statements)).toBe(200)
    })
    it('A5: an explicit deny wins, wherever it stands', async () => {
      const yes = { Effect: 'Allow', Action: invoke, Resource: '*' }
      const no = { Effect: 'Deny', Action: invoke, Resource: `${all}/GET/pets/1` }
      expect(await verdict([yes, no])).toBe(403)
      expect(await verdict([no, yes])).toBe(403)
      expect(await verdict([no, yes], '/pets/2')).toBe(200)
    })
    it('A3: NotResource is everything else', async () => {
      const statement = (Effect: string) => ({
        Effect,
        Action: invoke,
        NotResource: [`${all}/GET/pets/1`, `${all}/GET/files/*`],
      })
      expect(await verdict([statement('Allow')])).toBe(403)
      expect(await verdict([statement('Allow')], '/pets/2')).toBe(200)
      const yes = { Effect: 'Allow', Action: invoke, Resource: '*' }
      expect(await verdict([yes, statement('Deny')])).toBe(200)
      expect(await verdict([yes, statement('Deny')], '/pets/2')).toBe(403)
    })
    it('A3, J5: NotAction never allows, and in a Deny counts as a match', async () => {
      expect(await verdict([{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }])).toBe(403)
      const yes = { Effect: 'Allow', Action: invoke, Resource: '*' }
      expect(await verdict([yes, { Effect: 'Deny', NotAction: invoke, Resource: '*' }])).toBe(403)
    })
    it('A3, J5: any Condition never allows, and in a Deny counts as a match', async () => {
      for (const Condition of [{ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, { Bool: {} }, {}, null]) {
        expect(await verdict([{ Effect: 'Allow', Action: invoke, Resource: '*', Condition }])).toBe(403)
        const yes = { Effect: 'Allow', Action: invoke, Resource: '*' }
        expect(await verdict([yes, { Effect: 'Deny', Action: invoke, Resource: '*', Condition }])).toBe(403)
      }
    })
    it('A4: one statement need not stand in a list', async () => {
      const one = {
        principalId: 'b',
        policyDocument: {
          Version: '2012-10-17',
          Statement: { Sid: 'a', Effect: 'Allow', Action: '*', Resource: '*' },
        },
      }
      const stand = await rest(() => one)
      expect((await send(stand.url('Rest'), '/pets', bearer)).status).toBe(200)
    })
    it('A3: a document of another version is a 500', async () => {
      for (const Version of [undefined, '2008-10-17', '2012-10-18']) {
        const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }]
        const stand = await rest(() => ({ principalId: 'b', policyDocument: { Version, Statement } }))
        expect((await send(stand.url('Rest'), '/pets', bearer)).status).toBe(500)
      }
    })
  })

  describe('A7 limits', () => {
    it('A7: a Resource of 512 characters is taken, of 513 is a 500', async () => {
      const long = (length: number) => `${all}/GET/pets/1`.padEnd(length, '*')
      expect(await allowing(long(512))).toBe(200)
      expect(await allowing(long(513))).toBe(500)
    })
    it('A7: an answer of 8192 bytes is taken, of 8193 is a 500, counted in bytes', async () => {
      const sized = (bytes: number, fill: string) => {
        const bare = Buffer.byteLength(JSON.stringify(allow('*', { pad: '' })))
        const pad = fill.repeat(Math.floor((bytes - bare) / Buffer.byteLength(fill)))
        return allow('*', { pad: pad.padEnd(pad.length + ((bytes - bare) % Buffer.byteLength(fill)), '.') })
      }
      for (const fill of ['x', 'ä'])
        for (const [bytes, expected] of [
          [8192, 200],
          [8193, 500],
        ] as const) {
          expect(Buffer.byteLength(JSON.stringify(sized(bytes, fill)))).toBe(bytes)
          const [r, h] = [await rest(() => sized(bytes, fill)), await http(() => sized(bytes, fill))]
          expect((await send(r.url('Rest'), '/pets', bearer)).status).toBe(expected)
          expect((await send(h.url('Http'), '/pets', bearer)).status).toBe(expected)
        }
    })
    it('A7: an ARN of 1600 bytes is taken, of 1601 is a 414, the authorizer not asked', async () => {
      const stand = await rest(() => allow('*'))
      await send(stand.url('Rest'), '/files/a', bearer)
      const base = stand.calls('Authorize')[0].methodArn.length - 1
      const longest = `/files/${'a'.repeat(1600 - base)}`
      expect((await send(stand.url('Rest'), longest, bearer)).status).toBe(200)
      expect((await send(stand.url('Rest'), `${longest}a`, bearer)).status).toBe(414)
    })
    it('A7: headers of more than 10,240 bytes never reach the authorizer', async () => {
      for (const [length, expected] of [
        [9000, 200],
        [10_240, 431],
      ] as const) {
        const stand = await http(() => allow('*'))
        const headers = [['Authorization', 'a'.repeat(length)]] as [string, string][]
        expect((await send(stand.url('Http'), '/pets', { headers })).status).toBe(expected)
        expect(stand.calls('Authorize')).toHaveLength(expected === 200 ? 1 : 0)
      }
    })
  })
}
