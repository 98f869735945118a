import { printable } from '../../shared/manifest/printable.ts'
import type { Paint } from '../command.ts'
import { type Change, type Effect, whoText } from './change.ts'

const signs = { widened: '+', narrowed: '-', neutral: '·' } as const
const colors = { widened: 'red', narrowed: 'green', neutral: 'dim' } as const

/** The changes for people: by app and role, a block for each rule, then the others, then how many there are. */
export function changesText(changes: readonly Change[], paint: Paint): string {
  if (changes.length === 0) return 'nothing changes\n'
  const lines: string[] = []
  for (const [heading, some] of grouped(changes, headingOf)) {
    lines.push(paint('bold', printable(heading)))
    for (const [who, ofRule] of grouped(some, whoOf)) {
      if (who !== '') lines.push(`  ${printable(who)}`)
      const indent = who === '' ? '  ' : '    '
      for (const change of ofRule) lines.push(`${indent}${changeLine(change, who, paint)}`)
    }
    lines.push('')
  }
  return `${[...lines, totals(changes)].join('\n')}\n`
}

export type Document = { readonly widened: boolean; readonly changes: readonly Change[] }

export function documentOf(changes: readonly Change[]): Document {
  return { widened: isWidened(changes), changes }
}

export function isWidened(changes: readonly Change[]): boolean {
  return changes.some(({ effect }) => effect === 'widened')
}

function headingOf({ app, role, rule, kind }: Change): string {
  const of = app === undefined ? '' : ` (app ${app})`
  if (role !== undefined) return `role ${role}${of}`
  if (rule === undefined && /^public_/.test(kind)) return `public routes${of}`
  return 'other changes'
}

/** Roles and public routes come first, in the order in which they were found. */
function grouped<T>(changes: readonly T[], by: (change: T) => string): readonly [string, readonly T[]][] {
  const groups = new Map<string, T[]>()
  for (const change of changes) {
    const key = by(change)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [change])
    else group.push(change)
  }
  const last = (key: string) => Number(key === 'other changes')
  return [...groups].sort(([a], [b]) => last(a) - last(b))
}

function whoOf({ rule }: Change): string {
  return rule === undefined ? '' : whoText(rule)
}

function changeLine({ effect, message }: Change, who: string, paint: Paint): string {
  const what = who !== '' && message.startsWith(`${who}: `) ? message.slice(who.length + 2) : message
  return paint(colors[effect], `${signs[effect]} ${printable(what)}`)
}

function totals(changes: readonly Change[]): string {
  const count = (effect: Effect) => changes.filter((change) => change.effect === effect).length
  const widened = count('widened')
  return `widened: ${widened} ${widened === 1 ? 'change' : 'changes'}, narrowed: ${count('narrowed')}, neutral: ${count('neutral')}`
}
