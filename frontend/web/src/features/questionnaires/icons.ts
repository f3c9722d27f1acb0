import type { Component } from 'vue'
import { Calendar, Camera, Clock, Collection, DataLine, Document, EditPen, FolderOpened, List, Odometer, Select, Stopwatch, Aim } from '@element-plus/icons-vue'
import type { Kind } from './model/convert'

export const ICONS: Record<Kind, Component> = {
  single: Aim, multiple: Select, number: DataLine, text: EditPen, scale: Odometer, bp: Stopwatch, glucose: Collection, date: Calendar, time: Clock, photo: Camera, display: Document, group: FolderOpened, rows: List,
}
