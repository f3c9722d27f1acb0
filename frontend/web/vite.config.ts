import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig, type ProxyOptions } from 'vite'

// The back end for `npm run dev`, e.g. http://127.0.0.2:8000; its host names the tenant. The built app needs none.
const backend = process.env.JIELI_BACKEND

/** Host and Origin become the back end's: by the host it finds the tenant, by the origin it trusts the form. */
function proxyTo(target: string): ProxyOptions {
  return { target, changeOrigin: true, headers: { Origin: new URL(target).origin } }
}

export default defineConfig({
  base: '/',
  plugins: [
    vue(),
    Components({ dirs: [], dts: 'src/components.d.ts', resolvers: [ElementPlusResolver({ importStyle: 'css', directives: false })] }),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) }, dedupe: ['vue'] },
  define: { __VUE_OPTIONS_API__: false, __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 700, manifest: true },
  server: { proxy: backend ? { '/api': proxyTo(backend) } : {} },
})
