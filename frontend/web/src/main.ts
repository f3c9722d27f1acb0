import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './shared/tokens.css'
import './shared/base.css'
import './shared/element.css'
import { boot } from './app/boot'

void boot()
