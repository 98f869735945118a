import { printable } from '../../shared/manifest/printable.ts'
import type { Paint } from '../command.ts'
import type { Outcome, Result } from './result.ts'

const labels = { ok: 'ok', warning: 'WARNING', failed: 'FAILED', skipped: 'skipped' } as const
const colors = { ok: 'green', warning: 'bold', failed: 'red', skipped: 'dim' } as const

/** Results for people: a line each, what to do beneath, and how many there are of each outcome. */
export function reportText(results: readonly Result[], paint: Paint): string {
  const width = Math.max(...results.map(({ subject }) => subject.length))
  const lines = results.flatMap(({ check, subject, outcome, what, mend }) => {
    const label = paint(colors[outcome], labels[outcome].padEnd(7))
    const line = `${label}  ${check.padEnd(12)}  ${printable(subject).padEnd(width)}  ${printable(what)}`
    return mend === undefined ? [line] : [line, `         mend: ${printable(mend)}`]
  })
  const count = (outcome: Outcome) => results.filter((one) => one.outcome === outcome).length
  const [failed, warnings] = [count('failed'), count('warning')]
  return `${lines.join('\n')}\n\n${failed} failed, ${warnings} warning${warnings === 1 ? '' : 's'}, ${count('ok')} ok, ${count('skipped')} skipped\n`
}
