import type { DecisionRecord } from './record.ts'

/**
 * The `_aws` member by which CloudWatch Logs makes metrics of a record, in the embedded metric format: what a
 * directive names must be a top-level member of the same line, a number as a metric and a text as a dimension.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricsMember(record: DecisionRecord): string {
  let held = 0
  if (record.durationMs !== undefined) held += 1
  if (record.tokenRemembered !== undefined) held += 2
  if (record.keyAgeSeconds !== undefined && record.issuer !== undefined) held += 4
  return `"_aws":{"Timestamp":${record.timeMs},"CloudWatchMetrics":[${directives[held]}]}`
}

// Built once, for each set of members a record may have: a line takes 1.8 µs with them and 1.65 without; with them made
// anew for each record, 3.6.
const directives = Array.from({ length: 8 }, (_, held) => directivesOf(held & 1, held & 2, held & 4).join())

function directivesOf(hasDuration: number, hasRemembered: number, hasKeyAge: number): readonly string[] {
  const ofApp = [
    ...(hasDuration ? [{ Name: 'durationMs', Unit: 'Milliseconds' } as const] : []),
    ...(hasRemembered ? [{ Name: 'tokenRemembered', Unit: 'Count' } as const] : []),
  ]
  return [
    directive(['app', 'effect', 'reason'], [{ Name: 'decisions', Unit: 'Count' }]),
    ...(ofApp.length > 0 ? [directive(['app'], ofApp)] : []),
    ...(hasKeyAge ? [directive(['app', 'issuer'], [{ Name: 'keyAgeSeconds', Unit: 'Seconds' }])] : []),
  ]
}

type Member = keyof DecisionRecord
type Metric = { readonly Name: Member; readonly Unit: 'Count' | 'Milliseconds' | 'Seconds' }

function directive(dimensions: readonly Member[], metrics: readonly Metric[]): string {
  return JSON.stringify({ Namespace: 'Postern', Dimensions: [dimensions], Metrics: metrics })
}
