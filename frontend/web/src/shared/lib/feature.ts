import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import type { Realm } from '@jieli/api'

/** A way into a feature from the left menu, the phone's bottom tabs and Ctrl+K. */
export interface MenuEntry {
  /** Unique; `data-testid="menu-<key>"`. */
  key: string
  /** i18n key. */
  title: string
  icon: Component
  /** Name of the route it opens. */
  route: string
  /** Any one of these functions shows it; empty: everybody. */
  functions: readonly string[]
  /** Hosts it belongs to. */
  realm: Realm
  order: number
  /** Among the (at most four) bottom tabs of a phone. */
  phone?: boolean
}

/** What a feature hands to app/features.ts. */
export interface FeatureModule {
  routes: RouteRecordRaw[]
  menu?: MenuEntry[]
  /** zh-CN texts; the top-level key is the feature's name. */
  messages?: Record<string, unknown>
}

declare module 'vue-router' {
  interface RouteMeta {
    /** i18n key of the page; a page may refine its tab with usePageTitle. */
    title?: string
    /** Any one of these lets the user in. */
    functions?: readonly string[]
    /** Shown without a session and without the shell. */
    bare?: boolean
    /** Menu entry to highlight, and the parent in the breadcrumb. */
    menu?: string
  }
}
