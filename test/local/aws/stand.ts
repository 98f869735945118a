import { S3Client } from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type Credentials,
  STSClient,
} from '@aws-sdk/client-sts'
import type { AwsPrincipal } from '../../../local/aws/account.ts'
import { type AwsOptions, type LocalAws, startAws } from '../../../local/aws/aws.ts'
import type { PolicyText } from '../../../local/aws/iam/policy.ts'

export const account = '123456789012'
export const brokerArn = `arn:aws:iam::${account}:role/postern/postern-broker`
export const exporterArn = `arn:aws:iam::${account}:role/orders-exporter`

/** The broker's role in a Lambda: a session, with a session token. */
export const broker: AwsPrincipal = {
  accessKeyId: 'ASIABROKER',
  secretAccessKey: 'broker-secret',
  sessionToken: 'broker-token',
  arn: `arn:aws:sts::${account}:assumed-role/postern-broker/local`,
  policies: [],
}

/** An IAM user, whose calls are no role chaining. */
export const operator: AwsPrincipal = {
  accessKeyId: 'AKIAOPERATOR',
  secretAccessKey: 'operator-secret',
  arn: `arn:aws:iam::${account}:user/ops/operator`,
  policies: [],
}

export function allow(
  actions: string | string[],
  resources: string | string[] = '*',
  more: object = {},
): PolicyText {
  return policyOf({ Effect: 'Allow', Action: actions, Resource: resources, ...more })
}

export function policyOf(...statements: object[]): PolicyText {
  return { Version: '2012-10-17', Statement: statements }
}

/** Trusts the broker's role for all that it may ask of a role. */
export function trusting(principal: unknown = { AWS: brokerArn }, more: object = {}): PolicyText {
  const actions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
  return policyOf({ Effect: 'Allow', Principal: principal, Action: actions, ...more })
}

/** A stand-in with the broker, a user, and a role that may read and list `acme-orders`, unless said otherwise. */
export function startStand(options: Partial<AwsOptions> = {}): Promise<LocalAws> {
  return startAws({
    port: 0,
    roles: [
      { arn: brokerArn, trustPolicy: trusting({ Service: 'lambda.amazonaws.com' }), policies: [] },
      {
        arn: exporterArn,
        trustPolicy: trusting({ AWS: [brokerArn, `arn:aws:iam::${account}:user/ops/operator`] }),
        policies: [
          allow(
            ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
            ['arn:aws:s3:::acme-orders', 'arn:aws:s3:::acme-orders/*'],
          ),
        ],
      },
    ],
    principals: [broker, operator],
    buckets: { 'acme-orders': { '7123/a.csv': 'seven', '7124/b.csv': 'eight' } },
    ...options,
  })
}

export type Keys = Pick<AwsPrincipal, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>

export function stsClient(aws: LocalAws, credentials: Keys = broker, more: object = {}): STSClient {
  return new STSClient({ endpoint: aws.url, region: 'eu-west-1', credentials, maxAttempts: 1, ...more })
}

export function s3Client(aws: LocalAws, credentials: Keys, more: object = {}): S3Client {
  return new S3Client({ endpoint: aws.url, region: 'eu-west-1', credentials, maxAttempts: 1, ...more })
}

/** Assumes the exporter's role and gives its session's keys as clients take them. */
export async function assume(
  aws: LocalAws,
  input: Partial<AssumeRoleCommandInput> = {},
  credentials: Keys = broker,
): Promise<Required<Keys>> {
  const { Credentials } = await stsClient(aws, credentials).send(command(input))
  return keysOf(Credentials as Credentials)
}

export function command(input: Partial<AssumeRoleCommandInput> = {}): AssumeRoleCommand {
  return new AssumeRoleCommand({ RoleArn: exporterArn, RoleSessionName: 'bot-1', ...input })
}

export function keysOf({
  AccessKeyId = '',
  SecretAccessKey = '',
  SessionToken = '',
}: Credentials): Required<Keys> {
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

/** What an attempt ends in: `allowed`, or the error's code on the wire. */
export async function outcome(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'allowed'
  } catch (error) {
    const { Code, name } = error as { Code?: string; name: string }
    return Code ?? name
  }
}
