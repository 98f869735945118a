import type { Issuer } from '../../shared/access/access.ts'
import { about, type Result } from './result.ts'

/** By how much a host's clock is ahead of this machine's, as far as its answer proves that; 0 where it proves nothing. */
export type Reading = { readonly host: string; readonly aheadSeconds: number }

/**
 * The header `Date` has whole seconds, and of a cached answer it is that of the origin, `Age` seconds ago (RFC 9111
 * section 5.1): so it gives a span, and only what lies outside of it is a difference.
 */
export function readClock(
  host: string,
  headers: Headers,
  sentMs: number,
  receivedMs: number,
): Reading | undefined {
  const said = Date.parse(headers.get('date') ?? '')
  const age = headers.get('age') ?? '0'
  if (Number.isNaN(said) || !/^\d{1,9}$/.test(age)) return undefined
  const saidMs = said + Number(age) * 1000
  const least = saidMs - receivedMs
  const most = saidMs + (age === '0' ? 1000 : 2000) - sentMs
  const aheadMs = least > 0 ? least : most < 0 ? most : 0
  return { host, aheadSeconds: aheadMs / 1000 }
}

/** Holds this machine's clock and the hosts' against each other, by the smallest leeway that the manifest gives. */
export function checkClocks(found: readonly (Reading | undefined)[], issuers: readonly Issuer[]): Result[] {
  // Issuers and APIs may share a host, which is one witness.
  const byHost = new Map(found.flatMap((one) => (one ? [[one.host, one] as const] : [])))
  const readings = [...byHost.values()]
  const own = about('clock', 'this machine')
  if (readings.length === 0) return [own.skipped('no host that was asked says its time')]
  const skew = Math.min(...issuers.map(({ clockSkewSeconds }) => clockSkewSeconds))
  const off = readings.filter(({ aheadSeconds }) => Math.abs(aheadSeconds) > skew)
  const agreeing = readings.length - off.length
  if (off.length === 0) return [own.ok(`within ${skew} s of ${hosts(readings)}`)]
  const aheads = off.map(({ aheadSeconds }) => aheadSeconds)
  const isTogether = Math.max(...aheads) - Math.min(...aheads) <= skew + 2
  if (off.length > 1 && off.length > agreeing && isTogether)
    return [
      own.failed(
        `${distance(-(aheads[0] as number))} ${hosts(off)}, which agree`,
        "set this machine's clock by NTP; the hosts' seem right",
      ),
    ]
  return off.map(({ host, aheadSeconds }) => {
    const whose =
      agreeing > 0
        ? `; this machine agrees with ${agreeing} other${agreeing > 1 ? 's' : ''}`
        : '; which of the two is wrong cannot be told'
    const mend =
      agreeing > 0
        ? `have the clock of ${host} set right; tokens are held to it within ${skew} s (\`clockSkewSeconds\`)`
        : `set this machine's clock by NTP and try again; then it is that of ${host}`
    return about('clock', host).failed(`${distance(aheadSeconds)} this machine${whose}`, mend)
  })
}

function distance(aheadSeconds: number): string {
  return `${Math.round(Math.abs(aheadSeconds))} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'}`
}

function hosts(readings: readonly Reading[]): string {
  return readings.map(({ host }) => host).join(', ')
}
