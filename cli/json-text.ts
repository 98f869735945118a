import { escapeControls } from '../shared/audit/record.ts'

/** A document of `--json`. What a manifest or a token holds may be there to move a terminal's cursor. */
export function jsonText(document: unknown): string {
  return `${escapeControls(JSON.stringify(document, undefined, 2))}\n`
}
