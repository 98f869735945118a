// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub is written so
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../shared/json.ts'
import { evaluate, piecesOf, type Value } from '../../../shared/template/value.ts'

const names = {
  isResource: (name: string) => ['A', 'B'].includes(name),
  isParameter: (name: string) => name === 'P',
}
const plain = (value: Json): Value => ({ kind: 'plain', value })
const reference = (logicalId: string, attribute?: string): Value => ({
  kind: 'reference',
  logicalId,
  attribute,
})
const join = (...parts: Json[]): Json => ({ 'Fn::Join': ['', parts] })

describe('what a value is before anything is deployed', () => {
  test.each<[Json, Value]>([
    ['text', plain('text')],
    [5, plain(5)],
    [{ a: 1, Ref: 'A' }, plain({ a: 1, Ref: 'A' })],
    [{ Ref: 'AWS::NoValue' }, { kind: 'absent' }],
    [null, { kind: 'absent' }],
    [{ Ref: 'A' }, reference('A')],
    [{ 'Fn::GetAtt': ['A', 'Arn'] }, reference('A', 'Arn')],
    [{ 'Fn::GetAtt': 'A.Outputs.Id' }, reference('A', 'Outputs.Id')],
    [{ 'Fn::Sub': '${A}' }, reference('A')],
    [{ 'Fn::Sub': '${A.Arn}' }, reference('A', 'Arn')],
    [{ 'Fn::Sub': 'a${!A}b' }, plain('a${A}b')],
    [{ 'Fn::Sub': ['${x}-${y}', { x: 'a', y: join('b', 'c') }] }, plain('a-bc')],
    [{ 'Fn::Sub': ['${A}', { A: 'own' }] }, plain('own')],
    [join('a', 5, ''), plain('a5')],
    [join({ Ref: 'A' }), reference('A')],
    [join('', { Ref: 'A' }), reference('A')],
    [{ 'Fn::Join': ['/', ['', 'a']] }, plain('/a')],
    [{ 'Fn::Join': ['/', []] }, plain('')],
    [{ 'Fn::If': ['C', 'x', 'x'] }, plain('x')],
    [{ 'Fn::If': ['C', { Ref: 'A' }, { 'Fn::Sub': '${A}' }] }, reference('A')],
    [{ Ref: 'Z' }, { kind: 'undeclared', name: 'Z' }],
    [{ 'Fn::GetAtt': ['Z', 'Arn'] }, { kind: 'undeclared', name: 'Z' }],
    [{ 'Fn::Sub': 'a-${Z}' }, { kind: 'undeclared', name: 'Z' }],
  ])('%j', (value, found) => {
    expect(evaluate(value, names)).toEqual(found)
  })

  test.each<[Json, string]>([
    [{ Ref: 'P' }, 'the parameter "P"'],
    [{ Ref: 'AWS::Region' }, 'AWS::Region'],
    [{ 'Fn::ImportValue': 'x' }, 'the import "x"'],
    [{ 'Fn::ImportValue': { 'Fn::Sub': '${P}-x' } }, 'the import of a name that is put together'],
    [{ 'Fn::If': ['C', 'x', 'y'] }, 'what hangs on the condition "C"'],
    [{ 'Fn::If': 'C' }, 'a broken Fn::If'],
    [{ 'Fn::FindInMap': ['m', 'a', 'b'] }, 'Fn::FindInMap'],
    [{ 'Fn::Never': null }, 'Fn::Never'],
    [{ 'Fn::Sub': 'a-${P}' }, 'text that is put together on deployment'],
    [{ 'Fn::Sub': { Ref: 'A' } }, 'an Fn::Sub that is put together'],
    [join('a', { Ref: 'A' }), 'text that is put together on deployment'],
    [join('a', { b: 'c' }), 'text that is put together on deployment'],
    [{ 'Fn::Join': 5 }, 'an Fn::Join that is put together'],
    [{ 'Fn::GetAtt': ['A', { Ref: 'P' }] }, 'an Fn::GetAtt that is put together'],
  ])('%j is known later: %s', (value, what) => {
    expect(evaluate(value, names)).toEqual({ kind: 'elsewhere', what })
  })
})

describe('of what text is put together', () => {
  const [a, b] = [reference('A', 'Arn'), reference('B')]
  const stack: Value = { kind: 'elsewhere', what: 'AWS::StackName' }
  test.each<[Json, readonly Value[]]>([
    ['text', [plain('text')]],
    [{ Ref: 'B' }, [b]],
    [{ 'Fn::Sub': 'x${A.Arn}:${B}' }, [plain('x'), a, plain(':'), b, plain('')]],
    [{ 'Fn::Join': [':', ['x', { Ref: 'B' }]] }, [plain('x'), plain(':'), b]],
    [
      join('x', { 'Fn::Join': [':', [{ 'Fn::GetAtt': ['A', 'Arn'] }, 'y']] }),
      [plain('x'), plain(''), a, plain(':'), plain('y')],
    ],
    [
      { 'Fn::Sub': ['${x}', { x: join('y', { Ref: 'AWS::StackName' }) }] },
      [plain(''), plain('y'), plain(''), stack, plain('')],
    ],
    [{ 'Fn::Join': 5 }, [{ kind: 'elsewhere', what: 'an Fn::Join that is put together' }]],
  ])('%j', (value, found) => {
    expect(piecesOf(value, names)).toEqual(found)
  })
})
