/** An answer of a service that is an error; each service writes it in its own XML. */
export class Refused extends Error {
  readonly status: number
  /** As on the wire: `AccessDenied`. */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
