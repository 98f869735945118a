import type { Access } from '../../shared/access/access.ts'
import { type ApiFound, type ApiProbe, checkApi } from './api.ts'
import { checkAwsRole } from './aws-role.ts'
import { type BrokerFound, checkBroker } from './broker.ts'
import { checkClocks } from './clock.ts'
import { checkDirectTrust } from './direct-trust.ts'
import { examineIssuer } from './issuers.ts'
import { about, type Result } from './result.ts'
import { localRoles, type RolesAnswer } from './roles-answer.ts'
import { createSts } from './sts.ts'
import { checkToken } from './token.ts'

/** What there is to look at; a part that is absent is skipped, and the results say so. */
export type Deployment = {
  readonly access: Access
  readonly localIssuers: string | undefined
  readonly broker: URL | undefined
  readonly api: ApiProbe | undefined
  readonly token: string | undefined
  /** `false`: the token is not sent to STS. */
  readonly direct: boolean
  readonly forAws: (() => Promise<string>) | undefined
  readonly nowMs: () => number
}

/** Each borrows from the broker and asks STS: enough to find what is wrong, and no load. */
const maxRoles = 20
const atOnce = 5

/** Runs every check of a live deployment that can be run with what is given. Does not throw for what it finds. */
export async function diagnose(deployment: Deployment): Promise<readonly Result[]> {
  const { access, broker, api, token, nowMs } = deployment
  const local = token === undefined ? undefined : await localRoles(access, token, nowMs)
  const noBroker: BrokerFound = { results: [about('broker', '-').skipped('no --broker was given')] }
  const noApi: ApiFound = { results: [about('api', '-').skipped('no --api was given')] }
  const [issuers, ofBroker, ofApi] = await Promise.all([
    Promise.all(access.issuers.map((issuer) => examineIssuer(issuer, nowMs))),
    broker ? checkBroker(broker, token, local, nowMs) : noBroker,
    api ? checkApi(api, access, token, nowMs) : noApi,
  ])
  const clocks = [...issuers.map(({ clock }) => clock), ofBroker.clock, ofApi.clock]
  return [
    ...issuers.map(({ result }) => result),
    ...checkClocks(clocks, access.issuers),
    local ? checkToken(local, deployment.localIssuers) : about('token', '-').skipped('no token was given'),
    ...ofBroker.results,
    ...ofApi.results,
    ...(await checkLoans(deployment, ofBroker.roles)),
  ]
}

async function checkLoans(
  { broker, token, direct, forAws, nowMs }: Deployment,
  roles: RolesAnswer | undefined,
): Promise<readonly Result[]> {
  const skip = (why: string) => [about('aws-role', '-').skipped(why), about('direct-trust', '-').skipped(why)]
  if (broker === undefined || token === undefined) return skip('it takes --broker and a token')
  if (roles === undefined) return skip('the broker did not say what the token may borrow')
  if (roles.loans.size === 0) return skip('the token may borrow no AWS role')
  const lent = [...roles.loans].map(([role, { awsRole }]) => ({ role, awsRole }))
  const looked = lent.slice(0, maxRoles)
  const sts = await createSts(broker.host)
  const results = await inTurns(looked, (one) => checkAwsRole(broker, token, one, sts, nowMs))
  if (lent.length > maxRoles)
    results.push(about('aws-role', '-').skipped(`${lent.length - maxRoles} roles beyond the first ${maxRoles}`)) // biome-ignore format: one result
  if (!direct) return [...results, about('direct-trust', '-').skipped('--no-direct was given')]
  const arns = [...new Set(looked.map(({ awsRole }) => awsRole))]
  return [...results, ...(await inTurns(arns, (arn) => checkDirectTrust(arn, token, sts, forAws)))]
}

async function inTurns<T, R>(items: readonly T[], check: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += atOnce)
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(check))))
  return results
}
