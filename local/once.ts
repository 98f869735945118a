import { resolve } from 'node:path'
import type { DecisionRecord } from '../shared/audit/record.ts'
import { borrowSteps } from './story/borrow-steps.ts'
import { ordersSteps } from './story/orders-steps.ts'
import { describe, play, type Step } from './story/play.ts'
import { storyOf } from './story/steps.ts'
import { teamsSteps } from './story/teams-steps.ts'
import { tokenSteps } from './story/token-steps.ts'
import { exampleManifest, startWorld, teamsManifest, type World, type WorldOptions } from './world.ts'

/** Keys come of age after a second in the story, so that it need not wait an hour to show what happens then. */
const storyKeyAgeSeconds = 1

/** What only an example's own manifest can tell. */
const examples = new Map([
  [exampleManifest, (world: World) => [...ordersSteps(world), ...borrowSteps(world)]],
  [teamsManifest, teamsSteps],
])

export type Stage = {
  readonly world: World
  readonly steps: readonly Step[]
  readonly records: DecisionRecord[]
}

/** Starts a world and sets the story of its manifest up in it. */
export async function setUpStory(options: Omit<WorldOptions, 'onRecord'>): Promise<Stage> {
  const records: DecisionRecord[] = []
  const world = await startWorld({
    ...options,
    maxKeyAgeSeconds: storyKeyAgeSeconds,
    onRecord: (record) => records.push(record),
  })
  const own = examples.get(resolve(options.accessFile ?? exampleManifest))
  return { world, steps: [...(own?.(world) ?? []), ...storyOf(world), ...tokenSteps(world)], records }
}

/** Plays the steps in order and prints a line for each. Returns the exit code: 1 if any came out otherwise. */
export async function playStory({ steps, records }: Stage, print: (line: string) => void): Promise<0 | 1> {
  let failed = 0
  for (const step of steps) {
    const played = await play(step, records)
    print(describe(played))
    if (played.problems.length > 0) failed++
  }
  print(`\n${steps.length - failed} of ${steps.length} steps came out as they should.`)
  return failed === 0 ? 0 : 1
}
