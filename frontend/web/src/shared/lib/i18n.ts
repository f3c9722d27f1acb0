import { createI18n } from 'vue-i18n'
import shared from '../zh-CN'

/** One locale for now. Every feature adds its texts under its own key (app/features.ts). */
export const i18n = createI18n({ legacy: false, locale: 'zh-CN', fallbackLocale: 'zh-CN', messages: { 'zh-CN': shared } })

/** For code outside components; inside them useI18n(). */
export const translate = (key: string, values: Record<string, unknown> = {}): string => i18n.global.t(key, values)
