// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub is written so
import { describe, expect, test } from 'vitest'
import { parseTemplateSource } from '../../../shared/template/read.ts'
import { readTemplate, templateOf } from '../../../shared/template/template.ts'
import { codes, problemsOf, write } from './templates.ts'

const read = (text: string): unknown => JSON.parse(JSON.stringify(parseTemplateSource('t.yml', text).value))
const places = (text: string) =>
  problemsOf(() => templateOf(parseTemplateSource('t.yml', text))).map(
    ({ code, line, column }) => `${code} ${line}:${column}`,
  )

describe('short forms are the long ones', () => {
  test.each([
    ['!Ref A', { Ref: 'A' }],
    ['!Ref 123', { Ref: '123' }],
    ['!GetAtt A.B.C', { 'Fn::GetAtt': 'A.B.C' }],
    ['!GetAtt [A, B]', { 'Fn::GetAtt': ['A', 'B'] }],
    ["!Sub '${A}/x'", { 'Fn::Sub': '${A}/x' }],
    ['!Join [",", [a, !Ref B]]', { 'Fn::Join': [',', ['a', { Ref: 'B' }]] }],
    ['!If [C, !Ref A, !Ref AWS::NoValue]', { 'Fn::If': ['C', { Ref: 'A' }, { Ref: 'AWS::NoValue' }] }],
    ['!Condition C', { Condition: 'C' }],
    ['{ Fn::Sub: x }', { 'Fn::Sub': 'x' }],
    ['!Never { seen: [before] }', { 'Fn::Never': { seen: ['before'] } }],
    ['!Never', { 'Fn::Never': '' }],
    ['!Rain::Embed a.js', { 'Fn::Rain::Embed': 'a.js' }],
    ['!!str 5', '5'],
    ['!!binary aGk=', 'aGk='],
    ['!!timestamp 2010-09-09', '2010-09-09'],
    ['!!set { a, b }', { a: null, b: null }],
    ['! plain', 'plain'],
    ['2010-09-09', '2010-09-09'],
    ['~', null],
    ['&anchored text', 'text'],
  ])('%s', (text, value) => {
    expect(read(`a: ${text}`)).toEqual({ a: value })
  })

  test('keys are text, whatever YAML takes them for', () => {
    expect(read('{ 0123: a, true: b, ~: c, 2010-09-09: d }')).toEqual({
      '0123': 'a',
      true: 'b',
      '~': 'c',
      '2010-09-09': 'd',
    })
    expect(Object.keys(parseTemplateSource('t.json', '{"__proto__": {"x": 1}}').value as object)).toEqual([
      '__proto__',
    ])
  })

  test('JSON in any layout, tabs and escapes included', () => {
    expect(read('{\n\t"a": [\n\t\t"\\/\\u0062",\n\t\t"!Ref c"\n\t]\n}\r\n')).toEqual({ a: ['/b', '!Ref c'] })
  })
})

describe('what is broken has a place', () => {
  test.each([
    ['an empty file', '', ['value_missing 1:1']],
    ['no map', '- a', ['template_unknown 1:1']],
    ['no Resources', 'a: b', ['template_unknown 1:1']],
    ['Resources that are a list', 'Resources: [a]', ['template_unknown 1:12']],
    ['no YAML', 'Resources: {', ['yaml_syntax 1:13']],
    ['half of a JSON', '{"Resources": {"A"', ['yaml_syntax 1:19']],
    ['an alias', 'a: &x 1\nResources: { b: *x }', ['yaml_alias 2:17']],
    ['a key twice', 'Resources:\n  A: { Type: x }\n  A: { Type: y }', ['duplicate_key 3:3']],
    ['a map as a key', 'Resources: {}\n? { a: b }\n: c', ['key_not_text 2:3']],
    ['two documents', 'Resources: {}\n---\nResources: {}', ['yaml_documents 2:1']],
    [
      'resources without a Type',
      'Resources:\n  A: {}\n  B: text\n  C: { Type: 5 }\n  D:\n',
      ['resource_invalid 2:3', 'resource_invalid 3:3', 'resource_invalid 4:3', 'resource_invalid 5:3'],
    ],
    [
      'resources that come on deployment',
      'Resources:\n  Fn::Transform: { Name: x }',
      ['definition_elsewhere 2:3'],
    ],
    ['deep nesting', `Resources: ${'['.repeat(100)}${']'.repeat(100)}`, ['nested_too_deep 1:76']],
  ])('%s', (_, text, found) => {
    expect(places(text)).toEqual(found)
  })

  test('a file that is not there, and one that is not text', () => {
    expect(codes(problemsOf(() => readTemplate('/nowhere/t.json')))).toEqual(['file_unreadable'])
    const file = write('latin.json', '')
    expect(codes(problemsOf(() => readTemplate(file)))).toEqual(['value_missing'])
  })
})
