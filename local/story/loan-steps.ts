import type { Claims } from '../../shared/access/claims.ts'
import { lendableBy } from '../../shared/access/lendable.ts'
import { rulesOf } from '../../shared/access/roles-of.ts'
import { PosternError } from '../../shared/error.ts'
import { reasons } from '../../shared/reason.ts'
import { sessionOf } from '../../shared/sts/session.ts'
import type { LocalBroker } from '../broker/broker.ts'
import { type Loan, loansOf } from '../broker/loans.ts'
import { payloadOf } from '../issuer/keys.ts'
import type { World } from '../world.ts'
import { askContainer } from './borrow.ts'
import type { Expected, Step } from './play.ts'

/** A manifest of thousands of roles gets a short story all the same. */
const maxLoans = 6

/** What the sample callers of any manifest may borrow. A claim of theirs may be none that a session takes: that shows. */
export function loanSteps(world: World): readonly Step[] {
  const { broker } = world
  if (broker === undefined) return []
  return loansOf(world.access, world.callers)
    .slice(0, maxLoans)
    .map((loan) => step(world, broker, loan))
}

function step(world: World, broker: LocalBroker, loan: Loan): Step {
  const { caller, role } = loan
  return {
    title: `${caller.name} borrows ${role.credentials.roleArn} by ${role.name}`,
    expect: expectedOf(world, loan),
    call: async () => askContainer(broker, role.name, await world.issuers.sign(caller.issuer, caller.claims)),
  }
}

/** What the code that is bundled says when it is called without a bundle around it. */
function expectedOf({ access, issuers }: World, { caller, role }: Loan): Expected {
  const claims = payloadOf(caller.token) as Claims
  const nowSeconds = issuers.nowMs() / 1000
  const lendable = lendableBy(access, rulesOf(access, caller.issuer, claims, nowSeconds))
  const trustEnds = lendable.find((one) => one.role.name === role.name)?.trustEnds
  const bounds = { asked: undefined, nowSeconds, tokenEnds: Number(claims.exp), trustEnds }
  try {
    sessionOf(role.credentials, {
      role: role.name,
      issuer: caller.issuer,
      claims,
      scopes: undefined,
      ...bounds,
    })
    return { status: 200, reason: 'granted', record: 'allow' }
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    return { status: reasons[error.reason].http, reason: error.reason, record: 'deny' }
  }
}
