import { readdirSync } from 'node:fs'
import tseslint from 'typescript-eslint'
import vue from 'eslint-plugin-vue'
import vueParser from 'vue-eslint-parser'

/** Features meet only through another's index.ts; shared knows no feature; only app knows them all. */
const features = readdirSync(new URL('./src/features', import.meta.url))
const forbid = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] })
const toApp = { group: ['@/app', '@/app/*', '**/app/**'], message: 'app 只由 main.ts 引用' }
const upwards = { group: ['../../../*', '../../features/*'], message: '跨目录请用 @/…' }
const boundaries = features.map((name) => ({
  files: [`src/features/${name}/**/*.{ts,vue}`],
  rules: forbid([
    toApp,
    upwards,
    { regex: `^@/features/(?!${name}/)[^/]+/.+`, message: '别的功能只能从它的 index.ts 引用' },
    { regex: `^@/features/${name}(/|$)`, message: '本功能内请用相对路径' },
  ]),
}))

export default tseslint.config(
  { ignores: ['dist', 'src/components.d.ts', 'node_modules'] },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser, sourceType: 'module' } },
  },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'no-undef': 'off',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/no-v-html': 'error',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': 'off',
    },
  },
  {
    files: ['src/shared/**/*.{ts,vue}'],
    rules: forbid([toApp, { group: ['@/features/*', '**/features/**'], message: 'shared 不能引用任何功能' }]),
  },
  { files: ['src/app/**/*.{ts,vue}'], rules: forbid([{ regex: '^@/features/[^/]+/(?!routes$).+', message: 'app 只引用 routes 与 index' }]) },
  ...boundaries,
)
