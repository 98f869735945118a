import { CommandError, exit } from '../command.ts'

/** Of a text that is to be a token, bare or after Bearer. Throws a CommandError that does not show it. */
export function onlyToken(text: string, where: string): string {
  const [, token] = /^(?:bearer +)?([\x21-\x7e]+)$/i.exec(text) ?? []
  if (token !== undefined) return token
  const what = text === '' ? 'is empty' : 'holds something else than one token'
  throw new CommandError(exit.unknown, `${where} ${what}`, 'it takes the token alone, on one line')
}
