import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stageProblems } from '../../../local/aws/secrets/versions.ts'
import { rotationSteps } from '../../../shared/secret/rotate.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import {
  functionArn,
  publicSecret,
  signingSecret,
  startTokens,
  type TokenStand,
} from '../../support/token-stand.ts'

let stand: TokenStand
beforeAll(async () => {
  stand = await startTokens((issuer) => ({
    version: 1,
    issuers: { bots: { type: 'postern' } },
    tokens: { issuer, audiences: ['orders'] },
    clients: { nightly: { secret: 'clients/nightly', allowedAudiences: ['orders'], overlapSeconds: 600 } },
  }))
})
afterAll(() => stand.close())

const moments = ['before Put', 'after Put', 'before Update', 'after Update', 'never'] as const
const run = fc.record({ step: fc.constantFrom(...rotationSteps), killed: fc.constantFrom(...moments) })
/** Runs of steps in any order, some of them two at once, each of which may die at a write. */
const runs = fc.array(fc.array(run, { minLength: 1, maxLength: 2 }), { maxLength: 8 })

const firstValues: Readonly<Record<string, string>> = {
  'clients/nightly': JSON.stringify({ clientSecret: 'first'.padEnd(43, 'x') }),
  [signingSecret]: '{"keys":[]}',
}

test.each(Object.keys(firstValues))(
  'whatever order the steps of %s run in, and wherever they die: stages hold, nothing current is lost, it converges',
  async (id) => {
    await fc.assert(
      fc.asyncProperty(runs, async (rounds) => {
        const { secrets } = stand.aws
        secrets.create(publicSecret, '{"keys":[]}')
        const arn = secrets.create(id, firstValues[id], { rotationLambdaArn: functionArn })
        const token = crypto.randomUUID()
        killAt('before')
        await secrets.rotate(arn, token).catch(() => undefined)
        let value: string | undefined
        let isCurrent = false
        for (const round of rounds) {
          await Promise.allSettled(
            round.map(({ step, killed }) => {
              killAt(killed)
              return stand.rotation({ Step: step, SecretId: arn, ClientRequestToken: token })
            }),
          )
          const secret = secrets.find(arn)
          expect(stageProblems(secret)).toEqual([])
          const version = secret.versions.get(token)
          // What was shown once is never replaced, and what is current stays so.
          expect(version?.text).toBe(value ?? version?.text)
          value ??= version?.text
          const now = version?.stages.has('AWSCURRENT') === true
          expect(now || !isCurrent).toBe(true)
          isCurrent = now
        }
        killAt('never')
        for (const Step of rotationSteps)
          await stand.rotation({ Step, SecretId: arn, ClientRequestToken: token })
        const [before, after] = [...secrets.find(arn).versions.values()]
        expect([...(before?.stages ?? [])]).toEqual(['AWSPREVIOUS'])
        expect([after?.id, after?.stages.has('AWSCURRENT')]).toEqual([token, true])
      }),
      fuzzParameters(),
    )
  },
  600_000,
)

/** The next write of that kind, and no other, is the end of its run. */
function killAt(moment: string): void {
  let left = 1
  stand.kill = (at) => {
    if (left-- > 0 && at.startsWith(moment)) throw new Error(`killed ${at}`)
    if (!at.startsWith(moment)) left = 1
  }
}
