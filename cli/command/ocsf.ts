import { createReadStream } from 'node:fs'
import { readArguments, wrong } from '../arguments.ts'
import { type Command, CommandError, type Ending, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { type Counts, convert } from '../ocsf/convert.ts'

const spec: CommandSpec = {
  name: 'ocsf',
  summary: 'Convert decision records to OCSF events, for a SIEM.',
  about: [
    'Reads the log of the authorizer or the broker and writes an event of OCSF 1.8.0 for each decision record, one a line: ' +
      'Authorize Session (class 3003) where credentials were handed out, otherwise API Activity (6003) once the caller is ' +
      'known, Authentication (3002) where the token was refused or could not be judged.',
    'A line is a record as the functions write it, also behind what Lambda or `aws logs tail` puts before it; or an ' +
      'event of CloudWatch Logs with the record as its "message"; or a document of such events, {"events": [...]} or ' +
      '{"logEvents": [...]}. Other lines, such as those of Lambda itself, are skipped; standard error says how many.',
    'Lines are converted as they come, so a log may be followed and may be of any length. A document of events is read ' +
      'whole, and may have 256 MiB.',
  ],
  operands: [{ name: 'FILE', about: 'The log; - reads standard input.' }],
  options: {
    account: {
      value: 'ID',
      about:
        "The AWS account the log is from, for the events' cloud.account; the document of a subscription names its own. " +
        'Default: it is left out.',
    },
    region: {
      value: 'REGION',
      about: "The region the log is from, for the events' cloud.region. Default: it is left out.",
    },
  },
  examples: [
    'aws logs tail /aws/lambda/authorizer --since 1h --format short | postern ocsf - > events.jsonl',
    'postern ocsf filtered.json --account 123456789012 --region eu-west-1',
  ],
  exitCodes: {
    0: 'all records were converted',
    1: 'some records are malformed, each named on standard error; the others were converted',
    3: 'the log cannot be read',
  },
}

export const ocsfCommand: Command = {
  spec,
  async run(words, surroundings): Promise<Ending> {
    const args = readArguments(spec, words)
    const [file, account, region] = [args.operand('FILE'), args.option('account'), args.option('region')]
    if (account !== undefined && !/^\d{12}$/.test(account)) throw wrong(spec, '--account has twelve digits')
    if (region !== undefined && !/^[a-z0-9-]{1,32}$/.test(region))
      throw wrong(spec, '--region is the name of a region, as in eu-west-1')
    const [input, name] = file === '-' ? [surroundings.stdin, 'stdin'] : [createReadStream(file), file]
    try {
      const counts = await convert(input, name, { account, region }, surroundings)
      return { exitCode: counts.malformed === 0 ? exit.ok : exit.no, stderr: summaryOf(counts) }
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === undefined) throw cause
      const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`
      const mend = 'name a file that holds a log, or - for standard input'
      throw new CommandError(exit.unknown, `${name}: ${why}`, mend, { cause })
    }
  },
}

function summaryOf({ converted, skipped, malformed }: Counts): string {
  const records = `${converted} ${converted === 1 ? 'record' : 'records'} converted`
  return `${records}, ${malformed} malformed; ${skipped} other ${skipped === 1 ? 'entry' : 'entries'} skipped\n`
}
