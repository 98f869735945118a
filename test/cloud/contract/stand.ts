import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import {
  type Event,
  type FakeFunction,
  type StartGateway,
  timeout,
} from '../../local/gateway/contract/stand.ts'
import { type MiniStack, startMiniStack } from '../ministack.ts'

/** What tests of the suite need that MiniStack does not have. A test that fails with it has not been driven at all. */
export const notDriven = 'cannot be driven in MiniStack'

type Recorder = {
  readonly functions: Readonly<Record<string, FakeFunction>>
  readonly calls: Map<string, Event[]>
  readonly aliases: Map<string, (string | undefined)[]>
}

let stack: MiniStack
let server: Server
const recorders = new Map<string, Recorder>()
let stands = 0

/** It keeps a process for each function that was called, of deleted stacks too: a new one every so many stands. */
const standsOfOne = 10
let standsOfThis = 0

export async function openMiniStack(): Promise<void> {
  stack = await startMiniStack()
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', async () =>
      response.end(JSON.stringify(await answer(request.url ?? '', JSON.parse(body)))),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}

export async function closeMiniStack(): Promise<void> {
  await stack.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** The suite's functions run in its own process: those in MiniStack ask it what to do. */
async function answer(url: string, { event, alias }: { event: Event; alias?: string }): Promise<object> {
  const [, stand = '', name = ''] = url.split('/')
  const recorder = recorders.get(stand)
  if (recorder === undefined) return { thrown: 'the stand is closed' }
  recorder.calls.set(name, [...(recorder.calls.get(name) ?? []), event])
  recorder.aliases.set(name, [...(recorder.aliases.get(name) ?? []), alias])
  try {
    const value = await recorder.functions[name]?.(event, 0)
    if (value === timeout) throw new Error(`a function that hangs ${notDriven}`)
    return { value: value ?? null }
  } catch (error) {
    return { thrown: (error as Error).message }
  }
}

function functionText(stand: string, name: string): string {
  const { port } = server.address() as AddressInfo
  return `exports.handler = async (event, context) => {
  const alias = context.invokedFunctionArn.split(':')[7]
  const body = JSON.stringify({ event, alias })
  const answer = await (await fetch('http://127.0.0.1:${port}/${stand}/${name}', { method: 'POST', body })).json()
  if ('thrown' in answer) throw new Error(answer.thrown)
  return answer.value
}`
}

type Resource = { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }

export const startInMiniStack: StartGateway = async (template, functions) => {
  const stand = `stand-${++stands}`
  if (++standsOfThis > standsOfOne && recorders.size === 0) {
    standsOfThis = 1
    await stack.close()
    stack = await startMiniStack()
  }
  const recorder: Recorder = { functions, calls: new Map(), aliases: new Map() }
  recorders.set(stand, recorder)
  const { Resources } = template as { Resources: Record<string, Resource> }
  const filled = Object.entries(Resources).map(([id, resource]) => {
    if (resource.Type !== 'AWS::Lambda::Function') return [id, resource]
    const own = {
      FunctionName: `${stand}-${id}`,
      Role: 'arn:aws:iam::000000000000:role/none',
      Code: { ZipFile: functionText(stand, id) },
      Timeout: 3,
    }
    return [id, { ...resource, Properties: { ...resource.Properties, ...own } }]
  })
  const body = JSON.stringify({ ...template, Resources: Object.fromEntries(filled) })
  await ask({ Action: 'CreateStack', StackName: stand, TemplateBody: body })
  await untilMade(stand)
  const ids = await physicalIds(stand)
  const stageOf = (api: string) => {
    const stage = Object.values(Resources).find(
      ({ Type, Properties = {} }) =>
        /Stage$|Deployment$/.test(Type) &&
        Properties.StageName !== undefined &&
        JSON.stringify(Properties).includes(`{"Ref":"${api}"}`),
    )
    return String(stage?.Properties?.StageName)
  }
  const impossible = (what: string) => () => {
    throw new Error(`${what} ${notDriven}`)
  }
  return {
    url: (api) => stack.apiUrl(ids.get(api) ?? 'none', stageOf(api)),
    calls: (name) => recorder.calls.get(name) ?? [],
    timeouts: impossible('the timeout that a function is called with'),
    aliases: (name) => recorder.aliases.get(name) ?? [],
    advance: impossible('the clock'),
    flush: impossible("the cache's flush"),
    close: async () => {
      recorders.delete(stand)
      await ask({ Action: 'DeleteStack', StackName: stand })
    },
  }
}

async function untilMade(stand: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await ask({ Action: 'DescribeStacks', StackName: stand })
    const status = /<StackStatus>(\w+)</.exec(text)?.[1]
    if (status === 'CREATE_COMPLETE') return
    if (status !== 'CREATE_IN_PROGRESS') {
      const events = await ask({ Action: 'DescribeStackEvents', StackName: stand })
      const why = /<ResourceStatusReason>([^<]*)/.exec(events)?.[1]
      throw new Error(`MiniStack made no stack: ${status}, ${why}`)
    }
    await setTimeout(25)
  }
  throw new Error('MiniStack makes no end of it')
}

async function physicalIds(stand: string): Promise<ReadonlyMap<string, string>> {
  const text = await ask({ Action: 'DescribeStackResources', StackName: stand })
  const members = text.split('<member>').map((member) => {
    const [, logical = ''] = /<LogicalResourceId>([^<]*)/.exec(member) ?? []
    const [, physical = ''] = /<PhysicalResourceId>([^<]*)/.exec(member) ?? []
    return [logical, physical] as const
  })
  return new Map(members)
}

/** CloudFormation's query protocol. MiniStack reads of a signature which service is meant, and nothing else. */
async function ask(parameters: Readonly<Record<string, string>>): Promise<string> {
  const scope = 'Credential=test/20260101/eu-west-1/cloudformation/aws4_request'
  const response = await fetch(stack.url, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    body: new URLSearchParams({ ...parameters, Version: '2010-05-15' }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${parameters.Action}: ${text}`)
  return text
}
