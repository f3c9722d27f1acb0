export { default as DepartmentPicker } from './components/DepartmentPicker.vue'
export { listDepartments, useOrganizationTree } from './queries'
