export { default as LoginForm } from './components/LoginForm.vue'
