import { computed, type Ref, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useQuery } from '@tanstack/vue-query'
import type { RouteLocationRaw } from 'vue-router'
import { FUNCTIONS, formatAge, formatDue, labelOf, SEXES } from '@jieli/domain'
import { useApi } from '@/shared/lib/api'
import type { MenuEntry } from '@/shared/lib/feature'
import { useSession } from '@/shared/stores/session'

export interface Hit {
  id: string
  group: string
  label: string
  hint: string
  to: RouteLocationRaw
}
const SHOWN = 6
const PAUSE_MS = 250

/** Menus at once; patients and tasks from the server after a pause, two letters at least. */
export function usePaletteSearch(text: Ref<string>, entries: () => MenuEntry[]) {
  const { t } = useI18n()
  const session = useSession()
  const settled = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(text, (now) => {
    clearTimeout(timer)
    timer = setTimeout(() => (settled.value = now.trim()), PAUSE_MS)
  })
  const search = (functionCode: string) => computed(() => settled.value.length >= 2 && session.can(functionCode))

  const patients = useQuery({
    queryKey: computed(() => ['palette', 'patients', settled.value]),
    queryFn: ({ signal }) => useApi().call('GET /patients', { query: { q: settled.value }, signal }),
    enabled: search(FUNCTIONS.patientView),
  })
  const tasks = useQuery({
    queryKey: computed(() => ['palette', 'tasks', settled.value]),
    queryFn: ({ signal }) => useApi().call('GET /tasks', { query: { q: settled.value, state: 'open', limit: SHOWN }, signal }),
    enabled: search(FUNCTIONS.taskView),
  })

  const hits = computed<Hit[]>(() => {
    const wanted = text.value.trim()
    const menus = entries()
      .filter((entry) => t(entry.title).includes(wanted))
      .map((entry) => ({ id: `menu-${entry.key}`, group: t('app.paletteMenus'), label: t(entry.title), hint: '', to: { name: entry.route } }))
    if (wanted.length < 2) return menus
    const people = (patients.data.value?.items ?? []).slice(0, SHOWN).map((patient) => ({
      id: `patient-${patient.id}`,
      group: t('app.palettePatients'),
      label: patient.name_masked,
      hint: [labelOf(SEXES, patient.sex), formatAge(patient.age), patient.township_name].filter(Boolean).join(' · '),
      to: { name: 'patient', params: { id: patient.id } },
    }))
    const work = (tasks.data.value?.items ?? []).map((task) => ({
      id: `task-${task.id}`,
      group: t('app.paletteTasks'),
      label: `${task.patient.name_masked} ${task.programme_name}`,
      hint: `${task.step_name} · ${formatDue(task)}`,
      to: { name: 'task', params: { id: task.id } },
    }))
    return [...menus, ...people, ...work]
  })
  const busy = computed(() => patients.isFetching.value || tasks.isFetching.value || text.value.trim() !== settled.value)
  return { hits, busy }
}
