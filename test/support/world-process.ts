import { startWorld } from '../../local/world.ts'
import type { DecisionRecord } from '../../shared/audit/record.ts'
import type { Claimant, WorldState } from './worlds.ts'

// A world in a process of its own: it bundles its functions into a folder that every thread of a process shares. Says
// where it is and what tokens there are, gives its records away when asked, and ends with its parent.
const [accessFile = '', claimants = '[]'] = process.argv.slice(2)
let records: DecisionRecord[] = []
const world = await startWorld({ accessFile, port: 0, onRecord: (record) => records.push(record) })
const tokens = await Promise.all(
  (JSON.parse(claimants) as Claimant[]).map(({ issuer, claims }) => world.issuers.sign(issuer, claims)),
)
const { access, url, apis } = world
process.on('message', () => {
  process.send?.(records)
  records = []
})
process.on('disconnect', () => void world.close())
process.send?.({ access, url, apis, tokens } satisfies WorldState)
