export default {
  organization: {
    departments: '科室',
    all: '全选',
    none: '清空',
    chosen: '已选 {count} / {total} 个科室',
    failed: '科室没有加载出来',
    empty: '没有可选的科室，请联系系统管理员分配科室权限',
  },
}
