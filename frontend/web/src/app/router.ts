import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { features } from './features'
import { installGuards } from './guards'

const all = features.flatMap((feature) => feature.routes)
const inside: RouteRecordRaw[] = [
  ...all.filter((route) => !route.meta?.bare),
  { path: '/403', name: 'forbidden', component: () => import('./views/ForbiddenView.vue'), meta: { title: 'app.forbidden' } },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./views/MissingView.vue'), meta: { title: 'app.missing' } },
]

export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  routes: [
    ...all.filter((route) => route.meta?.bare),
    { path: '/', name: 'shell', component: () => import('./shell/ShellLayout.vue'), children: inside },
  ],
})
installGuards(router)
