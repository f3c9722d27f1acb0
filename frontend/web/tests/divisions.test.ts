import { expect, it } from 'vitest'
import { findPlaces, type Township } from '@/features/divisions/matching'

const village = (code: string, name: string) => ({ code, name, kind: 'village' })
const townships: Township[] = [
  { code: '420583104000', name: '董市镇', kind: 'town', villages: [village('420583104204', '曹店村'), village('420583104205', '金湖村')] },
  { code: '420583106000', name: '问安镇', kind: 'town', villages: [village('420583106201', '关庙山村')] },
]

it('shows the whole county without a text', () => expect(findPlaces(townships, ' ')).toEqual(townships))
it('keeps all villages of a township that is named', () => expect(findPlaces(townships, '董市')).toEqual([townships[0]]))
it('shows a village below its township only', () =>
  expect(findPlaces(townships, '曹店').map((each) => [each.name, each.villages.map(({ name }) => name)])).toEqual([['董市镇', ['曹店村']]]))
it('finds by the beginning of a code', () => expect(findPlaces(townships, '420583106')).toEqual([townships[1]]))
it('finds nothing for a name that is not there', () => expect(findPlaces(townships, '石牌')).toEqual([]))
