import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FetchError, fetchJson, maxBytes, timeoutMs } from '../../../shared/http/fetch-json.ts'

type Answer = (response: ServerResponse) => void | Promise<void>
const servers: Server[] = []
const answers = new Map<string, Answer>()
const requests: string[] = []
let base: string
let elsewhere: string

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  const serve: RequestListener = (request, response) => {
    requests.push(`${request.headers.host} ${request.url}`)
    void answers.get(request.url ?? '')?.(response)
  }
  base = await listening(serve)
  elsewhere = await listening(serve)
})
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

const json =
  (text: string, headers = {}, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
const redirect =
  (location: string | undefined, status = 302): Answer =>
  (response) => {
    response.writeHead(status, location === undefined ? {} : { location }).end('{"redirected":true}')
  }
const paddedTo = (bytes: number) => `{"x":"${'x'.repeat(bytes - 8)}"}`

let next = 0
/** Fetches a path of its own that answers so. */
function fetched(answer: Answer, path = `/${next++}`): ReturnType<typeof fetchJson> {
  answers.set(path, answer)
  return fetchJson(`${base}${path}`)
}
async function refusal(fetching: Promise<unknown>): Promise<string> {
  const error = await fetching.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(FetchError)
  return (error as FetchError).message
}

describe('what is fetched', () => {
  test('a JSON object, whatever it calls itself', async () => {
    expect(await fetched(json('{"keys":[]}'))).toEqual({ keys: [] })
    expect(await fetched(json('{"keys":[]}', { 'content-type': 'text/html' }))).toEqual({ keys: [] })
    expect(await fetched(json(' {\r\n"a" : "\u00e9" }\n'))).toEqual({ a: 'é' })
  })

  test('a body in pieces', async () => {
    const pieces: Answer = async (response) => {
      for (const piece of ['{"ke', 'ys":', '[]}']) {
        response.write(piece)
        await wait(20)
      }
      response.end()
    }
    expect(await fetched(pieces)).toEqual({ keys: [] })
  })

  test('a compressed body', async () => {
    const answer: Answer = (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"keys":[]}'))
    }
    expect(await fetched(answer)).toEqual({ keys: [] })
  })

  test.each([200, 201, 204, 206, 300, 304, 400, 401, 404, 429, 500, 503])(
    'status %i: only 200 will do',
    async (status) => {
      const fetching = fetched(json(status === 204 || status === 304 ? '' : '{"keys":[]}', {}, status))
      if (status === 200) expect(await fetching).toEqual({ keys: [] })
      else
        expect(await refusal(fetching)).toMatch(
          status < 400 && status >= 300 ? /redirected|over https/ : `answered ${status}`,
        )
    },
  )

  test.each([
    ['nothing', ''],
    ['a page of maintenance', '<!doctype html>'],
    ['an array', '[]'],
    ['a string', '"keys"'],
    ['null', 'null'],
    ['duplicate members', '{"keys":[],"keys":[]}'],
    ['a byte order mark', '\ufeff{"keys":[]}'],
    ['33 levels', `{"keys":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['half of it', '{"keys":['],
  ])('%s is no JSON object', async (_, text) => {
    expect(await refusal(fetched(json(text)))).toMatch('did not answer with a JSON object')
  })
})

describe('size', () => {
  test('256 KiB, and not a byte more', async () => {
    expect(maxBytes).toBe(262_144)
    expect(await fetched(json(paddedTo(maxBytes)))).toHaveProperty('x')
    expect(await refusal(fetched(json(paddedTo(maxBytes + 1))))).toMatch('more than 262144 bytes')
  })

  test('a body without an end is cut off', async () => {
    const chunk = Buffer.alloc(65_536, ' ')
    let written = 0
    const endless: Answer = (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length
      }
      response.on('drain', more)
      more()
    }
    expect(await refusal(fetched(endless))).toMatch('more than')
    expect(written).toBeLessThan(64 * maxBytes)
  })

  test('a bomb of gzip is cut off where it has been unpacked that far', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
    expect(bomb.length).toBeLessThan(maxBytes)
    const before = process.memoryUsage().arrayBuffers
    const answer: Answer = (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    }
    expect(await refusal(fetched(answer))).toMatch('more than')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
  })
})

describe('time', () => {
  test.each([
    ['headers that do not come', (): void => undefined],
    [
      'a body that does not come',
      (response: ServerResponse): void => void response.writeHead(200).write('{'),
    ],
    [
      'a body that drips',
      async (response: ServerResponse): Promise<void> => {
        response.writeHead(200)
        while (!response.destroyed) {
          response.write(' ')
          await wait(100)
        }
      },
    ],
  ] as const)('%s: it is over after 1.5 s', async (_, answer) => {
    const startMs = performance.now()
    expect(await refusal(fetched(answer as Answer))).toMatch(`${timeoutMs} ms`)
    const tookMs = performance.now() - startMs
    expect(tookMs).toBeGreaterThan(timeoutMs - 50)
    expect(tookMs).toBeLessThan(timeoutMs + 1000)
  })

  test('redirects share one time', async () => {
    answers.set('/slow-end', async (response) => {
      await wait(1000)
      json('{}')(response)
    })
    const slowly: Answer = async (response) => {
      await wait(1000)
      redirect('/slow-end')(response)
    }
    expect(await refusal(fetched(slowly))).toMatch('did not answer within')
  })

  test('a connection that is reset, and a port where nobody listens', async () => {
    expect(await refusal(fetched((response) => void response.socket?.resetAndDestroy()))).toMatch(
      'could not be reached',
    )
    const midway: Answer = (response) => {
      response.writeHead(200).write('{"keys":[')
      setTimeout(() => response.socket?.resetAndDestroy(), 50)
    }
    expect(await refusal(fetched(midway))).toMatch('broke off')
    expect(await refusal(fetchJson('http://127.0.0.1:1/keys'))).toMatch('could not be reached')
  })
})

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i to the same host is followed', async (status) => {
    answers.set('/target', json('{"found":true}'))
    expect(await fetched(redirect('/target', status))).toEqual({ found: true })
    expect(await fetched(redirect(`${base}/target`, status))).toEqual({ found: true })
  })

  test('two are followed, three are not, and a loop ends', async () => {
    answers.set('/end', json('{"found":true}'))
    answers.set('/one', redirect('/end'))
    answers.set('/two', redirect('/one'))
    answers.set('/three', redirect('/two'))
    answers.set('/loop', redirect('/loop'))
    expect(await fetchJson(`${base}/two`)).toEqual({ found: true })
    expect(await refusal(fetchJson(`${base}/three`))).toMatch('more than 2 times')
    requests.length = 0
    expect(await refusal(fetchJson(`${base}/loop`))).toMatch('more than 2 times')
    expect(requests).toHaveLength(3)
  })

  test('to another host, port, scheme or user none is followed, nor is anything asked for there', async () => {
    answers.set('/keys', json('{"found":true}'))
    const port = new URL(base).port
    const places = [
      `${elsewhere}/keys`,
      `http://localhost:${port}/keys`,
      `//localhost:${port}/keys`,
      `https://127.0.0.1:${port}/keys`,
      'http://169.254.169.254/latest/meta-data/',
      'https://attacker.example/keys',
      `http://user@127.0.0.1:${port}/keys`,
      'file:///etc/passwd',
      'data:application/json,{}',
      'http://[',
    ]
    for (const place of places) {
      requests.length = 0
      expect(await refusal(fetched(redirect(place)))).toMatch(/redirected to another host|fetched over https/)
      expect(requests).toHaveLength(1)
    }
  })

  test('without a place to go it is refused', async () => {
    expect(await refusal(fetched(redirect(undefined)))).toMatch('more than 2 times')
  })
})

test('a message names the host, and nothing of the path, the query or the user', async () => {
  const messages = [
    await refusal(fetched(json('', {}, 500), '/secret-path?key=secret-query')),
    await refusal(fetchJson('https://secret-user:secret-word@id.partner.example/')),
    await refusal(fetched(redirect('https://secret-user@attacker.example/secret'))),
  ]
  expect(messages.join()).not.toMatch('secret')
})
