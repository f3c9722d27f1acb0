export * from './labels'
export * from './formats'
export * from './can'
