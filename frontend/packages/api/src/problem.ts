import type { ApiResponse } from './transport'

/** One fault of the input: where (JSON pointer), which, and what to do. */
export interface FieldProblem {
  pointer: string
  code: string
  message: string
}

export interface ProblemBody {
  type?: string
  title?: string
  status?: number
  code?: string
  detail?: string
  request_id?: string | null
  errors?: FieldProblem[]
  [extension: string]: unknown
}

/** The only error a call throws (RFC 9457). `status` 0: the server was not reached. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string = '',
    readonly requestId: string | null = null,
    readonly errors: readonly FieldProblem[] = [],
    /** The whole body: extensions such as `version` with a 412. */
    readonly body: ProblemBody = {},
  ) {
    super(detail || title)
  }

  /** The message of the fault at a place of the input, for the field that shows it. */
  at(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.message
  }
}

const TITLES: Record<number, string> = {
  0: '网络不通，请检查网络后重试',
  401: '登录已过期，请重新登录',
  403: '没有权限做这件事',
  404: '没有找到，可能已被移走或不在您的管辖范围',
  409: '状态已变化，请刷新后再试',
  412: '内容已在别处被修改',
  413: '文件太大',
  422: '填写的内容有误',
  423: '账号已锁定',
  429: '操作太频繁，请稍后再试',
}

export function networkProblem(): ApiProblem {
  return new ApiProblem(0, 'network', TITLES[0]!)
}

export function readProblem(response: ApiResponse): ApiProblem {
  const body = parseBody(response)
  const title = body.title || TITLES[response.status] || '服务器出错了，请稍后重试'
  return new ApiProblem(
    response.status,
    body.code ?? `http_${response.status}`,
    title,
    body.detail ?? '',
    body.request_id ?? response.header('x-request-id'),
    Array.isArray(body.errors) ? body.errors : [],
    body,
  )
}

/** A proxy's HTML page is no problem document: then the status alone speaks. */
function parseBody(response: ApiResponse): ProblemBody {
  try {
    const body: unknown = JSON.parse(response.text)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as ProblemBody) : {}
  } catch {
    return {}
  }
}
