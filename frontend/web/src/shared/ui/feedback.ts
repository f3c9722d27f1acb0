import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/message-box/style/css'
import { ElMessage } from 'element-plus/es/components/message/index'
import { ElMessageBox } from 'element-plus/es/components/message-box/index'
import { translate } from '../lib/i18n'
import { problemText } from '../lib/problem'

/** Short messages at the top; errors stay longer and can be closed. */
export const tell = {
  done: (text: string) => void ElMessage({ message: text, type: 'success', duration: 2500 }),
  warn: (text: string) => void ElMessage({ message: text, type: 'warning', duration: 5000, showClose: true }),
  problem: (error: unknown) => void ElMessage({ message: problemText(error), type: 'error', duration: 8000, showClose: true }),
}

export interface Question {
  title: string
  text: string
  confirm: string
  cancel?: string
  danger?: boolean
}

/** True when the act was confirmed. The button says the act ("结束随访"), not "确定". */
export async function confirmAct({ title, text, confirm, cancel, danger }: Question): Promise<boolean> {
  try {
    await ElMessageBox.confirm(text, title, {
      confirmButtonText: confirm,
      cancelButtonText: cancel ?? translate('shared.cancel'),
      type: danger ? 'warning' : undefined,
      confirmButtonClass: danger ? 'el-button--danger' : undefined,
      closeOnClickModal: false,
    })
    return true
  } catch {
    return false
  }
}
