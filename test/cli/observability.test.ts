import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recordMembers } from '../../cli/ocsf/record.ts'
import { recordLine, startRecord } from '../../shared/audit/record.ts'
import { metricsOf } from '../support/emf.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/observability.md'), 'utf8')
const section = (title: string): string => page.split(/^## /m).find((text) => text.startsWith(title)) ?? ''
/** The cells of a section's rows, and the names in each. */
const rows = (title: string): readonly (readonly string[])[] =>
  [...section(title).matchAll(/^\| `.*$/gm)].map(([line]) => line.slice(2, -2).split(' | '))
const names = (cell: string | undefined) => [...(cell ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name)

test('the table of members has those of a record, and what goes with them', () => {
  const documented = rows('Logs').flatMap(([cell]) => names(cell))
  expect([...documented].sort()).toEqual([...recordMembers, '_aws'].sort())
})

test('the table of metrics has those that a record makes', () => {
  const documented = rows('Metrics').map(([name, unit, dimensions]) => [
    ...names(name),
    unit,
    ...names(dimensions),
  ])
  const record = {
    ...startRecord('id-1', 'api', 5),
    issuer: 'staff',
    subject: 'anna',
    keyAgeSeconds: 1,
    tokenRemembered: 1,
    durationMs: 1,
  } as const
  const made = metricsOf(JSON.parse(recordLine(record))).map((text) => text.replace(/=\w+/g, '').split(' '))
  expect(documented.map((cells) => cells.join()).sort()).toEqual(
    made.map(([name, unit, , ...dimensions]) => [name, unit, ...dimensions].join()).sort(),
  )
})

test('every member of a record has its place in an event', () => {
  const placed = rows('SIEM').flatMap(([cell]) => names(cell))
  const constant = ['kind', 'decisions', 'effect']
  expect([...placed, ...constant].sort()).toEqual([...recordMembers].sort())
})
