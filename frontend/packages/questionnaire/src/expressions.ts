/** The expression language: text to tree, no eval. Grammar and limits: followup/questionnaires/expressions.py. */

export const LENGTH_LIMIT = 500
export const DEPTH_LIMIT = 20
export const COMPARISONS: readonly string[] = ['==', '!=', '<=', '>=', '<', '>']
export const FUNCTIONS: readonly string[] = ['prev', 'answered', 'count']
const WORDS: readonly string[] = ['and', 'or', 'not', 'in', 'true', 'false']

const NUMBER = /[0-9]{1,15}(\.[0-9]{1,6})?(?![0-9A-Za-z_.])/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const STRING = /'[^'\n]*'|"[^"\n]*"/y
const SYMBOLS = ['==', '!=', '<=', '>=', '<', '>', '+', '-', '*', '/', '(', ')', '[', ']', ',', '.']
const FULL_WIDTH = '（），“”‘’＝＞＜≥≤＋－×÷［］。'

export class ExpressionError extends Error {
  constructor(
    /** Counted in characters, not UTF-16 units, as in the twin. */
    readonly position: number,
    readonly reason: string,
    readonly cure: string,
  ) {
    super(`第 ${position + 1} 个字符处：${reason}。${cure}`)
    this.name = 'ExpressionError'
  }
}

export interface Path {
  kind: 'path'
  names: readonly string[]
  /** > 0: so many visits ago (prev). */
  back: number
}

export type Node =
  | { kind: 'literal'; value: number | string | boolean }
  | { kind: 'list'; values: readonly (number | string)[] }
  | Path
  | { kind: 'not'; operand: Node }
  | { kind: 'negative'; operand: Node }
  | { kind: 'junction'; operator: 'and' | 'or'; operands: readonly Node[] }
  | { kind: 'comparison'; operator: string; left: Node; right: Node }
  | { kind: 'arithmetic'; first: Node; rest: readonly (readonly [string, Node])[] }
  | { kind: 'answered'; path: Path }
  | { kind: 'count'; path: Path }

interface Token {
  kind: 'number' | 'string' | 'name' | 'symbol' | 'end'
  text: string
  position: number
}

function matchAt(pattern: RegExp, text: string, position: number): string | null {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0] ?? null
}

function readTokens(text: string): Token[] {
  const fail = (position: number, reason: string, cure: string): never => {
    throw new ExpressionError(Array.from(text.slice(0, position)).length, reason, cure)
  }
  const tokens: Token[] = []
  let position = 0
  while (position < text.length) {
    const letter = String.fromCodePoint(text.codePointAt(position) ?? 0)
    if (' \t\r\n'.includes(letter)) {
      position += 1
      continue
    }
    let token: Token
    const name = matchAt(NAME, text, position)
    if (/^[0-9]$/.test(letter)) {
      const number = matchAt(NUMBER, text, position)
      token =
        number === null
          ? fail(position, '数字写法不对', '整数最多 15 位，小数最多 6 位，例如 38.5')
          : { kind: 'number', text: number, position }
    } else if (name !== null) {
      token = { kind: 'name', text: name, position }
    } else if (letter === "'" || letter === '"') {
      const string = matchAt(STRING, text, position)
      token =
        string === null
          ? fail(position, '引号没有成对', "文字两边用同一种英文引号，例如 'rest'")
          : { kind: 'string', text: string, position }
    } else {
      const at = position
      const symbol = SYMBOLS.find((mark) => text.startsWith(mark, at))
      if (symbol === undefined) {
        const cure = FULL_WIDTH.includes(letter) ? '请改成英文半角符号' : '请删去它'
        token = fail(position, `不认识的符号 ${letter}`, letter === '=' ? '判断相等请写 ==' : cure)
      } else {
        token = { kind: 'symbol', text: symbol, position }
      }
    }
    tokens.push(token)
    position += token.text.length
  }
  tokens.push({ kind: 'end', text: '', position })
  // Positions are kept in UTF-16 units while reading and told in characters.
  return tokens.map((token) => ({ ...token, position: Array.from(text.slice(0, token.position)).length }))
}

class Parser {
  private readonly tokens: Token[]
  private index = 0
  private depth = 0

  constructor(text: string) {
    this.tokens = readTokens(text)
  }

  parseAll(): Node {
    const node = this.parseOr()
    if (this.token.kind !== 'end') {
      this.fail(this.token, `多余的 ${this.token.text}`, '两个条件之间要写 and 或 or')
    }
    return node
  }

  private get token(): Token {
    return this.tokens[this.index] as Token
  }

  private fail(token: Token, reason: string, cure: string): never {
    throw new ExpressionError(token.position, reason, cure)
  }

  private accept(...texts: string[]): string | null {
    const token = this.token
    if ((token.kind !== 'symbol' && token.kind !== 'name') || !texts.includes(token.text)) return null
    this.index += 1
    return token.text
  }

  private expect(text: string): void {
    if (this.accept(text) === null) this.fail(this.token, `这里应当是 ${text}`, '请检查括号是否成对、逗号是否漏写')
  }

  private nest(parse: () => Node): Node {
    this.depth += 1
    if (this.depth > DEPTH_LIMIT) this.fail(this.token, `嵌套超过 ${DEPTH_LIMIT} 层`, '请拆成几条规则')
    const node = parse()
    this.depth -= 1
    return node
  }

  private parseOr(): Node {
    const operands = [this.parseAnd()]
    while (this.accept('or')) operands.push(this.parseAnd())
    return operands.length === 1 ? (operands[0] as Node) : { kind: 'junction', operator: 'or', operands }
  }

  private parseAnd(): Node {
    const operands = [this.parseNot()]
    while (this.accept('and')) operands.push(this.parseNot())
    return operands.length === 1 ? (operands[0] as Node) : { kind: 'junction', operator: 'and', operands }
  }

  private parseNot(): Node {
    if (!this.accept('not')) return this.parseComparison()
    return this.nest(() => ({ kind: 'not', operand: this.parseNot() }))
  }

  private parseComparison(): Node {
    const left = this.parseSum()
    let operator = this.accept(...COMPARISONS, 'in', 'not')
    if (operator === null) return left
    if (operator === 'not') {
      this.expect('in')
      operator = 'not in'
    }
    const node: Node = { kind: 'comparison', operator, left, right: this.parseSum() }
    if (this.token.kind === 'symbol' && COMPARISONS.includes(this.token.text)) {
      this.fail(this.token, '比较不能连写', '请写成 a < b and b < c')
    }
    return node
  }

  private parseSum(): Node {
    return this.parseChain(['+', '-'], () => this.parseTerm())
  }

  private parseTerm(): Node {
    return this.parseChain(['*', '/'], () => this.parseSign())
  }

  private parseChain(operators: string[], parse: () => Node): Node {
    const first = parse()
    const rest: (readonly [string, Node])[] = []
    for (let operator = this.accept(...operators); operator !== null; operator = this.accept(...operators)) {
      rest.push([operator, parse()])
    }
    return rest.length ? { kind: 'arithmetic', first, rest } : first
  }

  private parseSign(): Node {
    if (!this.accept('-')) return this.parsePrimary()
    return this.nest(() => ({ kind: 'negative', operand: this.parseSign() }))
  }

  private parsePrimary(): Node {
    const token = this.token
    if (token.kind === 'number' || token.kind === 'string') {
      this.index += 1
      return { kind: 'literal', value: token.kind === 'number' ? Number(token.text) : token.text.slice(1, -1) }
    }
    if (this.accept('(')) {
      return this.nest(() => {
        const node = this.parseOr()
        this.expect(')')
        return node
      })
    }
    if (this.accept('[')) return this.parseList()
    const word = this.accept('true', 'false')
    if (word !== null) return { kind: 'literal', value: word === 'true' }
    if (token.kind === 'name' && !WORDS.includes(token.text)) {
      return this.opensCall() ? this.parseCall() : this.parsePath()
    }
    const found = token.text ? `不该出现 ${token.text}` : '没有写完'
    return this.fail(token, found, '请补上题目编号、数字或带引号的选项值')
  }

  private opensCall(): boolean {
    const following = this.tokens[this.index + 1]
    return following?.kind === 'symbol' && following.text === '('
  }

  private parseList(): Node {
    const values: (number | string)[] = []
    do {
      const token = this.token
      if (token.kind === 'number') values.push(Number(token.text))
      else if (token.kind === 'string') values.push(token.text.slice(1, -1))
      else this.fail(token, '列表里只能写数字或文字', "例如 ['red', 'oozing']")
      this.index += 1
    } while (this.accept(','))
    this.expect(']')
    return { kind: 'list', values }
  }

  private parseCall(): Node {
    const token = this.token
    if (!FUNCTIONS.includes(token.text)) {
      this.fail(token, `没有函数 ${token.text}`, '可用的函数：prev、answered、count')
    }
    if (token.text === 'prev') return this.parsePrevious()
    this.index += 1
    this.expect('(')
    const path = this.token.text === 'prev' && this.opensCall() ? this.parsePrevious() : this.parsePath()
    this.expect(')')
    return { kind: token.text === 'answered' ? 'answered' : 'count', path }
  }

  private parsePrevious(): Path {
    this.index += 1
    this.expect('(')
    const path = this.parsePath()
    let back = 1
    if (this.accept(',')) {
      const text = this.token.text
      if (!/^[1-9]$/.test(text)) this.fail(this.token, '往前第几次要写 1 到 9', '例如 prev(sbp, 2)')
      back = Number(text)
      this.index += 1
    }
    this.expect(')')
    return { kind: 'path', names: path.names, back }
  }

  private parsePath(): Path {
    const names: string[] = []
    do {
      const token = this.token
      if (token.kind !== 'name' || WORDS.includes(token.text)) {
        this.fail(token, '这里应当是题目编号', '例如 pain 或 bp.sbp')
      }
      names.push(token.text)
      this.index += 1
    } while (this.accept('.'))
    return { kind: 'path', names, back: 0 }
  }
}

const CACHE_LIMIT = 8192
const cache = new Map<string, Node>()

/** Parse, or throw ExpressionError. */
export function parseExpression(text: string): Node {
  const known = cache.get(text)
  if (known) return known
  if (Array.from(text).length > LENGTH_LIMIT) {
    throw new ExpressionError(LENGTH_LIMIT, `超过 ${LENGTH_LIMIT} 个字符`, '请拆成几条规则')
  }
  const node = new Parser(text).parseAll()
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(text, node)
  return node
}

const roots = new WeakMap<Node, readonly string[]>()

/** The questions of this round that a tree names, each as often as it is written; found once per parsed tree. */
export function listRoots(node: Node): readonly string[] {
  const known = roots.get(node)
  if (known) return known
  const found = findRoots(node)
  roots.set(node, found)
  return found
}

function findRoots(node: Node): string[] {
  switch (node.kind) {
    case 'path':
      return node.back === 0 ? [node.names[0] ?? ''] : []
    case 'answered':
    case 'count':
      return findRoots(node.path)
    case 'not':
    case 'negative':
      return findRoots(node.operand)
    case 'junction':
      return node.operands.flatMap(findRoots)
    case 'comparison':
      return [...findRoots(node.left), ...findRoots(node.right)]
    case 'arithmetic':
      return [...findRoots(node.first), ...node.rest.flatMap(([, operand]) => findRoots(operand))]
    case 'literal':
    case 'list':
      return []
  }
}
