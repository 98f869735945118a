import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** STS on loopback, for clients of another process: every AssumeRole is answered as soon as it is read. */
export type StsAtOnce = { readonly environment: Readonly<Record<string, string>>; close(): Promise<void> }

/** By plain HTTP: TLS would add the same to whatever is held against one another, and make every ratio kinder. */
export async function startStsAtOnce(): Promise<StsAtOnce> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/xml' }).end(assumed(new URLSearchParams(body)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    environment: {
      AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'ASIABROKER0000000000',
      AWS_SECRET_ACCESS_KEY: 's'.repeat(40),
      AWS_SESSION_TOKEN: 't'.repeat(800),
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function assumed(form: URLSearchParams): string {
  const name = form.get('RoleSessionName')
  const ends = new Date(Date.now() + Number(form.get('DurationSeconds')) * 1000).toISOString()
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/exporter/${name}</Arn><AssumedRoleId>AROAEXAMPLE:${name}</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIA0000000000000001</AccessKeyId><SecretAccessKey>${'s'.repeat(40)}</SecretAccessKey><SessionToken>${'t'.repeat(800)}</SessionToken><Expiration>${ends}</Expiration></Credentials>
</AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`
}
