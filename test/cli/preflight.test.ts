import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const preflight = join(import.meta.dirname, '../../cli/preflight.mjs')

/** Runs the preflight on this Node, which then says it is another. */
function runAs(version: string) {
  const script = `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })
    await import('${preflight}')`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
}

test.each(['20.20.2', '22.18.0', '23.11.1'])('Node %s is told which it is, and the mend', (version) => {
  const { status, stderr } = runAs(version)
  expect(status).toBe(1)
  expect(stderr).toContain(`this is Node ${version} (${process.execPath})`)
  expect(stderr).toContain('npm ci --ignore-scripts=false')
})

test.each(['24.0.0', '26.1.0'])('Node %s passes without a word', (version) => {
  expect(runAs(version)).toMatchObject({ status: 0, stdout: '', stderr: '' })
})
