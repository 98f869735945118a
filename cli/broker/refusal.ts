import { printable } from '../../shared/manifest/printable.ts'
import type { Outcome } from '../../shared/reason.ts'
import { CommandError, exit } from '../command.ts'
import { reasonTexts } from '../reason-text.ts'
import type { Answer } from './get-json.ts'

/** The broker's message names one check; a longer text is somebody else's. */
const maxMessageLength = 1000

/** What any other answer than credentials says: the broker's own reason and message, and how to mend it. */
export function refusalOf({ status, body }: Answer, host: string, token: string): CommandError {
  const { reason, message } = body ?? {}
  if (typeof reason !== 'string' || typeof message !== 'string') return withoutReason(status, host)
  // Whatever answers there has the token, and could say it back.
  const told = printable(message.replaceAll(token, '[the token]').slice(0, maxMessageLength))
  const mend = Object.hasOwn(reasonTexts, reason)
    ? reasonTexts[reason as Outcome].mend
    : 'this version does not know the reason; docs/reasons.md of the version the broker runs does'
  return status >= 500
    ? new CommandError(exit.unknown, `the broker cannot answer: ${told}`, mend)
    : new CommandError(exit.no, `the broker refuses: ${told}`, mend)
}

function withoutReason(status: number, host: string): CommandError {
  const isRedirect = status >= 300 && status < 400
  const what = isRedirect
    ? 'redirects, which is not followed with a token'
    : `answered ${status} without a reason`
  const mend = isRedirect
    ? 'give --broker the address it redirects to, if you trust that one with your tokens'
    : 'check the address, with its stage where it has one; it may be that of a gateway before the broker'
  return new CommandError(exit.unknown, `${host} ${what}`, mend)
}
