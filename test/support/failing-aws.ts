import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type LocalAws, startAws } from '../../local/aws/aws.ts'
import { allow, brokerArn, broker as brokerPrincipal, trusting } from '../local/aws/stand.ts'
import { type Fault, type FaultyService, nowhere, startFaulty } from './faulty-service.ts'

/** `refuses`: nothing listens at the address. */
export type ServiceFault = Fault | 'refuses'

export type FailingAws = {
  /** STS that enforces; it is asked unless `failSts` says otherwise. */
  readonly aws: LocalAws
  readonly sts: FaultyService
  readonly dynamo: FaultyService
  /** What STS's clock is ahead of ours. */
  aheadMs: number
  failSts(fault: ServiceFault): void
  failDynamo(fault: ServiceFault): void
}

/** What a Lambda's environment has, and STS knows. */
const environment = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: brokerPrincipal.accessKeyId,
  AWS_SECRET_ACCESS_KEY: brokerPrincipal.secretAccessKey,
  AWS_SESSION_TOKEN: brokerPrincipal.sessionToken,
  AWS_EC2_METADATA_DISABLED: 'true',
}

/** Known to STS, and trusted by no role. */
export const stranger = {
  AWS_ACCESS_KEY_ID: 'ASIASTRANGER00000000',
  AWS_SECRET_ACCESS_KEY: 'stranger-secret',
  AWS_SESSION_TOKEN: 'stranger-token',
}

/** STS and a table `state` in DynamoDB, where the SDK of a broker made in a test finds them; up for each test. */
export function useFailingAws(): FailingAws {
  let aws: LocalAws
  let sts: FaultyService
  let dynamo: FaultyService
  let closed: string
  beforeAll(async () => {
    aws = await startAws({ port: 0, nowMs: () => Date.now() + state.aheadMs, roles, principals })
    sts = await startFaulty((_, response) => response.writeHead(500).end())
    const table = dynalite({ createTableMs: 0 })
    dynamo = await startFaulty((request, response) => void table.emit('request', request, response))
    closed = await nowhere()
    Object.assign(process.env, environment)
    await makeTable(dynamo.url)
  })
  beforeEach(() => {
    state.aheadMs = 0
    aws.setMode('up')
    sts.fault = undefined
    dynamo.fault = undefined
    const addresses = { AWS_ENDPOINT_URL_STS: aws.url, AWS_ENDPOINT_URL_DYNAMODB: dynamo.url }
    Object.assign(process.env, environment, addresses)
  })
  afterAll(async () => {
    await Promise.all([aws.close(), sts.close(), dynamo.close()])
  })
  const state: FailingAws = {
    get aws() {
      return aws
    },
    get sts() {
      return sts
    },
    get dynamo() {
      return dynamo
    },
    aheadMs: 0,
    failSts(fault) {
      process.env.AWS_ENDPOINT_URL_STS = fault === 'refuses' ? closed : sts.url
      if (fault !== 'refuses') sts.fault = fault
    },
    failDynamo(fault) {
      if (fault === 'refuses') process.env.AWS_ENDPOINT_URL_DYNAMODB = closed
      else dynamo.fault = fault
    },
  }
  return state
}

const roles = [
  { arn: brokerArn, trustPolicy: trusting({ Service: 'lambda.amazonaws.com' }), policies: [] },
  {
    arn: 'arn:aws:iam::123456789012:role/exporter',
    trustPolicy: trusting(),
    policies: [allow('s3:*')],
  },
]

const principals = [
  brokerPrincipal,
  {
    accessKeyId: stranger.AWS_ACCESS_KEY_ID,
    secretAccessKey: stranger.AWS_SECRET_ACCESS_KEY,
    sessionToken: stranger.AWS_SESSION_TOKEN,
    arn: 'arn:aws:sts::123456789012:assumed-role/stranger/local',
    policies: [],
  },
]

async function makeTable(endpoint: string): Promise<void> {
  await new DynamoDBClient({ endpoint }).send(
    new CreateTableCommand({
      TableName: 'state',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
}
