import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts'

/** The units of CloudWatch (its MetricDatum) that need no prefix here. */
const units = ['Seconds', 'Microseconds', 'Milliseconds', 'Bytes', 'Percent', 'Count', 'Count/Second', 'None']

/**
 * What is wrong with a log line as a document of CloudWatch's embedded metric format, written from its specification
 * and from the limits of metrics: at most 30 dimensions in a set, 100 metrics in a directive, targets that are members
 * of the line itself.
 */
export function metricProblems(line: Json, timeMs: number): readonly string[] {
  if (!isJsonObject(line) || !isJsonObject(line._aws ?? null)) return ['_aws is no object']
  const { Timestamp, CloudWatchMetrics, ...others } = line._aws as JsonObject
  const problems = Object.keys(others).map((name) => `_aws.${name}`)
  if (Timestamp !== timeMs || !Number.isSafeInteger(Timestamp)) problems.push('Timestamp')
  if (!Array.isArray(CloudWatchMetrics) || CloudWatchMetrics.length === 0)
    return [...problems, 'no directive']
  return [...problems, ...CloudWatchMetrics.flatMap((directive) => directiveProblems(line, directive))]
}

function directiveProblems(line: JsonObject, directive: Json): readonly string[] {
  if (!isJsonObject(directive)) return ['a directive is no object']
  const { Namespace, Dimensions, Metrics, ...others } = directive
  const problems = Object.keys(others).map((name) => `directive.${name}`)
  if (typeof Namespace !== 'string' || Namespace.length < 1 || Namespace.length > 256)
    problems.push('Namespace')
  if (!Array.isArray(Dimensions) || Dimensions.length === 0) problems.push('Dimensions')
  else for (const set of Dimensions) problems.push(...dimensionProblems(line, set))
  if (!Array.isArray(Metrics) || Metrics.length === 0) problems.push('Metrics')
  else {
    if (Metrics.length > 100) problems.push('more than 100 metrics')
    for (const metric of Metrics) problems.push(...targetProblems(line, metric))
  }
  return problems
}

function dimensionProblems(line: JsonObject, set: Json): readonly string[] {
  if (!Array.isArray(set)) return ['a set of dimensions is no list']
  const problems = set.length > 30 ? ['more than 30 dimensions'] : []
  for (const name of set) {
    const value = typeof name === 'string' && Object.hasOwn(line, name) ? line[name] : undefined
    if (typeof value !== 'string')
      problems.push(`dimension ${JSON.stringify(name)} is not a text of the line`)
    // A dimension's value has 1 to 1024 ASCII characters, one of them not a space.
    else if (value.trim() === '') problems.push(`dimension ${JSON.stringify(name)} is empty`)
    else if (!/^[\x20-\x7e]{1,1024}$/.test(value))
      problems.push(`dimension ${JSON.stringify(name)} has other text`)
  }
  return problems
}

function targetProblems(line: JsonObject, metric: Json): readonly string[] {
  if (!isJsonObject(metric) || typeof metric.Name !== 'string') return ['a metric without a name']
  const { Name, Unit = 'None', ...others } = metric
  const problems = Object.keys(others).map((name) => `metric.${name}`)
  const value = Object.hasOwn(line, Name) ? line[Name] : undefined
  if (typeof value !== 'number') problems.push(`metric ${JSON.stringify(Name)} is not a number of the line`)
  if (typeof Unit !== 'string' || !units.includes(Unit)) problems.push('Unit')
  return problems
}

/** The metrics that CloudWatch makes of a valid line: `decisions Count 1 app=api`. */
export function metricsOf(line: Readonly<Record<string, unknown>>): readonly string[] {
  const { CloudWatchMetrics } = line._aws as { CloudWatchMetrics: readonly Directive[] }
  return CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((set) =>
      Metrics.map(({ Name, Unit }) =>
        [Name, Unit, line[Name], ...set.map((name) => `${name}=${line[name]}`)].join(' '),
      ),
    ),
  )
}

type Directive = {
  readonly Dimensions: readonly (readonly string[])[]
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
}
