import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the stand-in of STS answers. `large`: as too large while there are tags of more than `most` keys. */
export type StsMode =
  | 'up'
  | 'throttled'
  | 'failing'
  | 'hanging'
  | 'garbage'
  | 'partial'
  | 'refusing'
  | 'expired'
  | 'large'

/** STS's AssumeRole over real HTTP, for the real SDK: it enforces nothing, and keeps what it was sent. */
export type StsServer = {
  readonly url: string
  readonly asked: URLSearchParams[]
  mode: StsMode
  close(): Promise<void>
}

/** `asked` is filled with what it is sent. */
export async function startSts(asked: URLSearchParams[] = []): Promise<StsServer> {
  const open = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const form = new URLSearchParams(body)
      stand.asked.push(form)
      open.add(response)
      answer(stand.mode, form, stand.asked.length, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stand: StsServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    mode: 'up',
    close: () =>
      new Promise((resolve) => {
        for (const response of open) response.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return stand
}

const errors: Readonly<Partial<Record<StsMode, readonly [number, string]>>> = {
  throttled: [400, 'Throttling'],
  failing: [500, 'InternalFailure'],
  refusing: [403, 'AccessDenied'],
  expired: [403, 'ExpiredToken'],
}

function answer(mode: StsMode, form: URLSearchParams, count: number, response: ServerResponse): void {
  if (mode === 'hanging') return
  const error =
    mode === 'large' && form.has('Tags.member.2.Key')
      ? ([400, 'PackedPolicyTooLarge'] as const)
      : errors[mode]
  if (error) {
    const [status, code] = error
    response.writeHead(status, { 'content-type': 'text/xml' })
    response.end(
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no 'secret-of-sts'</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    )
    return
  }
  response.writeHead(200, { 'content-type': 'text/xml' })
  if (mode === 'garbage') response.end('{"not":"xml"}')
  else response.end(assumed(form, count, mode === 'partial'))
}

function assumed(form: URLSearchParams, count: number, partial: boolean): string {
  // The session's ARN has the role's partition, and not its path (facts B2).
  const roleArn = /^arn:(aws[\w-]*):iam::(\d+):role\/(?:.+\/)?([^/]+)$/
  const [partition, account, role] = roleArn.exec(form.get('RoleArn') ?? '')?.slice(1) ?? []
  const session = form.get('RoleSessionName')
  const ends = new Date(stsNowMs + Number(form.get('DurationSeconds')) * 1000).toISOString()
  const token = partial ? '' : `<SessionToken>session-token-${count}</SessionToken>`
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
    <AssumedRoleUser><Arn>arn:${partition}:sts::${account}:assumed-role/${role}/${session}</Arn><AssumedRoleId>AROAEXAMPLE:${session}</AssumedRoleId></AssumedRoleUser>
    <Credentials><AccessKeyId>ASIA${String(count).padStart(16, '0')}</AccessKeyId><SecretAccessKey>secret-${count}</SecretAccessKey>${token}<Expiration>${ends}</Expiration></Credentials>
    <PackedPolicySize>6</PackedPolicySize></AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`
}

/** Sessions begin at the second that tests live at. */
const stsNowMs = 1_800_000_000_000
