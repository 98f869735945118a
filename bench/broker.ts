import { hash } from 'node:crypto'
import { createBroker } from '../functions/broker/broker.ts'
import type { SendAssumeRole } from '../shared/sts/client.ts'
import { createLab } from './lab.ts'
import { credentialsEvent, lendingAccess } from './lending.ts'
import { median } from './race.ts'
import type { Row, Section, Size } from './row.ts'

const limitP50Ms = 1
const limitP99Ms = 5
const calls: Readonly<Record<Size, number>> = { quick: 2000, full: 20_000 }

/** What the broker takes beside STS, which answers at once here: event in, session, lease, record, answer out. */
export async function brokerTime(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const broker = createBroker(lendingAccess(lab, folder), {
    fetchJson: async () => {
      throw new Error('keys are pinned')
    },
    nowMs: Date.now,
    send: stsAtOnce,
    identities: undefined,
    emit: (line) => process.stdout.write(`${line}\n`),
  })
  const timed = async (tokens: readonly string[], rounds: number): Promise<Times> => {
    const times: number[] = []
    const control: number[] = []
    for (const token of tokens) {
      const event = credentialsEvent(token)
      const start = performance.now()
      const { statusCode } = await broker(event)
      times.push(performance.now() - start)
      if (statusCode !== 200) throw new Error(`the broker answered ${statusCode}`)
      control.push(timeHashing(rounds))
    }
    return { times: times.sort((a, b) => a - b), control: control.sort((a, b) => a - b) }
  }
  const one = lab.token('ES256', 1)
  const roundMs = median(Array.from({ length: 20 }, () => timeHashing(1000))) / 1000
  const asLongAs = ({ times }: Times) => Math.ceil(at(times, 0.5) / roundMs)
  // Each of another repository, and so of another session.
  const unseen = (count: number, from: number) =>
    Array.from({ length: count }, (_, each) => lab.token('ES256', from + each))
  const warm = await timed(unseen(500, 0), 1)
  const minted = await timed(unseen(calls[size], 500), asLongAs(warm))
  const known = await timed(new Array(500).fill(one), 1)
  const held = await timed(new Array(calls[size]).fill(one), asLongAs(known))
  return {
    title: 'Broker',
    note:
      `Its own time for GET /credentials/{role}, with STS answering at once; ${calls[size]} calls a row, ES256. Beside ` +
      'it SHA-256 over and over for as long as half of the calls take, in turn: what the machine does to anything.',
    rows: [...rowsOf('new token, new session', minted), ...rowsOf('known token, lease held', held)],
  }
}

type Times = { readonly times: readonly number[]; readonly control: readonly number[] }

function timeHashing(rounds: number): number {
  const start = performance.now()
  for (let round = 0; round < rounds; round++) hash('sha256', 'postern')
  return performance.now() - start
}

function rowsOf(what: string, { times, control }: Times): readonly Row[] {
  const row = (share: number, limitMs: number): Row => ({
    what: `${what}, p${share * 100}`,
    value: `${at(times, share).toFixed(3)} ms`,
    beside: `${at(control, share).toFixed(3)} ms hashing`,
    limit: `${limitMs} ms`,
    within: at(times, share) <= limitMs,
  })
  return [row(0.5, limitP50Ms), row(0.99, limitP99Ms)]
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] as number
}

const stsAtOnce: SendAssumeRole = async ({ RoleSessionName, DurationSeconds }) => ({
  Credentials: {
    AccessKeyId: 'ASIA0000000000000001',
    SecretAccessKey: 's'.repeat(40),
    SessionToken: 't'.repeat(800),
    Expiration: new Date(Date.now() + DurationSeconds * 1000),
  },
  AssumedRoleUser: {
    AssumedRoleId: `AROAEXAMPLE:${RoleSessionName}`,
    Arn: `arn:aws:sts::123456789012:assumed-role/exporter/${RoleSessionName}`,
  },
  $metadata: {},
})
