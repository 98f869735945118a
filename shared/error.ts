import type { Reason } from './reason.ts'

/** Facts about a refusal: names and expectations. Never token text, never a secret, never a claim's value. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** A refusal or a fault of ours, with the id that the reason table explains. Its message is safe to log. */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  readonly reason: Reason
  readonly facts: Facts

  constructor(reason: Reason, message: string, facts: Facts = {}, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.facts = facts
  }
}
