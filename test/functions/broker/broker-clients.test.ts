import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { brokerStand, tokenFor, urlEvent, useSts } from '../../support/broker.ts'

useSts()

/** The broker behind real HTTP, as a function's URL would have it. */
async function listening() {
  const { broker } = brokerStand()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const {
      statusCode,
      headers,
      body: text,
    } = await broker(urlEvent(request.method ?? '', request.url ?? '', request.headers, body), {})
    response.writeHead(statusCode, headers).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

describe('the AWS SDK’s own providers', () => {
  test('a container’s, as the default chain asks', async () => {
    const { fromHttp } = await import('@aws-sdk/credential-providers')
    const { url, close } = await listening()
    const provider = fromHttp({
      awsContainerCredentialsFullUri: `${url}/credentials/exporter?scope=read`,
      awsContainerAuthorizationToken: `Bearer ${tokenFor()}`,
    })
    expect(await provider()).toMatchObject({
      accessKeyId: 'ASIA0000000000000001',
      sessionToken: 'session-token-1',
    })
    close()
  })

  test('web identity, by an endpoint in place of STS', async () => {
    const { fromWebToken } = await import('@aws-sdk/credential-providers')
    const { url, close } = await listening()
    const provider = fromWebToken({
      roleArn: 'arn:aws:iam::123456789012:role/exporter',
      webIdentityToken: `${tokenFor()}\n`,
      clientConfig: { region: 'eu-west-1', endpoint: url },
    })
    expect(await provider()).toMatchObject({ accessKeyId: 'ASIA0000000000000001', accountId: '123456789012' })
    close()
  })
})
