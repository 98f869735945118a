export type Resource = {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
}

export type Resources = Readonly<Record<string, Resource>>

export type Place = { readonly region: string; readonly accountId: string }

/** A CloudFormation template that cannot be emulated as it stands: which resource, what about it, how to mend. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'

  constructor(logicalId: string, message: string) {
    super(`${logicalId}: ${message}`)
  }
}

/** The resources of a template that was read from JSON. */
export function resourcesOf(template: unknown): Resources {
  const resources = isRecord(template) ? template.Resources : undefined
  if (!isRecord(resources))
    throw new TemplateError('template', 'has no Resources; is it a CloudFormation template?')
  for (const [logicalId, resource] of Object.entries(resources))
    if (!isRecord(resource) || typeof resource.Type !== 'string')
      throw new TemplateError(logicalId, 'is not a resource: it has no Type')
  return resources as Resources
}

/** A resource of the template itself: `__proto__` names none. */
export function resourceOf(logicalId: string, resources: Resources): Resource | undefined {
  return Object.hasOwn(resources, logicalId) ? resources[logicalId] : undefined
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
