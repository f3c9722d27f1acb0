import { useI18n } from 'vue-i18n'
import type { Kind, NewWords } from '../model/convert'

/** First texts of a new question. */
export function useNewWords(): (kind: Kind) => NewWords {
  const { t } = useI18n()
  return (kind) => ({
    text: t('questionnaireEditor.fresh.text', { kind: t(`questionnaireEditor.kind.${kind}`) }),
    options: [t('questionnaireEditor.fresh.first'), t('questionnaireEditor.fresh.second')],
    child: t('questionnaireEditor.fresh.child'),
  })
}
