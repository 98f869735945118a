import { readFileSync, statSync } from 'node:fs'
import { ManifestError, type ProblemCode } from './problem.ts'

/** A manifest of 10,000 roles is about 3 MB; what is larger is some other file. */
export const maxFileBytes = 5 * 1024 * 1024

/** A file's text. Throws a ManifestError where it cannot be read, is too large or is not UTF-8. */
export function readText(file: string): string {
  let bytes: Buffer
  try {
    if (statSync(file).size > maxFileBytes) throw tooLarge(file)
    bytes = readFileSync(file)
  } catch (error) {
    if (error instanceof ManifestError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    const why = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`
    throw fileError('file_unreadable', file, why, 'check the path; it is relative to where it is named')
  }
  if (bytes.length > maxFileBytes) throw tooLarge(file)
  try {
    return utf8.decode(bytes)
  } catch {
    throw fileError('encoding_invalid', file, 'the file is not UTF-8 text', 'save it as UTF-8')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function tooLarge(file: string): ManifestError {
  return fileError(
    'file_too_large',
    file,
    `the file is larger than ${maxFileBytes} bytes`,
    'split the manifest, or check that this is the file you meant',
  )
}

function fileError(code: ProblemCode, file: string, message: string, mend: string): ManifestError {
  return new ManifestError([{ code, file, line: 1, column: 1, message, mend }])
}
