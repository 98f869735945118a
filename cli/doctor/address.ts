import { isFetchable } from '../../shared/http/fetch-json.ts'
import { wrong } from '../arguments.ts'
import type { CommandSpec } from '../help.ts'

/** An address that a token may be sent to. Not shown where it is wrong: some write a password into addresses. */
export function readAddress(spec: CommandSpec, option: 'broker' | 'api', text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !isFetchable(url))
    throw wrong(spec, `--${option} is an https address (http on loopback alone) without a user name`)
  if (url.hash !== '' || (option === 'broker' && url.search !== ''))
    throw wrong(spec, `the address of --${option} ends with its ${option === 'api' ? 'query' : 'path'}`)
  return url
}

/** `/roles` below the broker's own path. */
export function below(broker: URL, path: string): URL {
  const url = new URL(broker)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return url
}
