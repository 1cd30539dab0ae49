import type { Wire } from '../wires/Wire.ts';
import type { DecodeClient } from './DecodeClient.ts';

const prefix = 'data: ';

/** The least that reading every event takes: decode, split, parse, append. It checks nothing and knows LF only. */
export const floor = ({ pieceIn }: Wire): DecodeClient => ({
  name: 'floor',
  decode(reads) {
    const decoder = new TextDecoder();
    let rest = '';
    let text = '';
    for (const bytes of reads) {
      rest += decoder.decode(bytes, { stream: true });
      let start = 0;
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n', start)) {
        const data = rest.slice(rest.indexOf(prefix, start) + prefix.length, end);
        if (data !== '[DONE]') text += pieceIn(JSON.parse(data));
        start = end + 2;
      }
      rest = rest.slice(start);
    }
    return text;
  },
});
