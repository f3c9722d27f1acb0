declare module 'json-logic-js' {
  export type Logic = unknown
  export function apply(logic: Logic, data: unknown): unknown
}
