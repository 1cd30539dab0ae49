import { of } from 'rxjs';
import { memoryLog } from 'rxllm/log';
import { encodeDeltas, toResponse } from 'rxllm/server';
import { answer } from 'rxllm/testing';

describe('toResponse', () => {
  it('gives an answer behind a place, with its end', async () => {
    const log = memoryLog();
    const { ended } = await log.start('a', of(...answer({ text: ['To ', 'be'] })));
    await ended;
    const whole = await toResponse(await log.open('a'), encodeDeltas()).text();
    const ids = [...whole.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);
    const rest = await toResponse(await log.open('a', ids.at(-2) as never), encodeDeltas()).text();

    expect(rest).toBe(': \n\nevent: end\ndata: {"state":"complete"}\nid: ' + `${ids.at(-1) ?? ''}\n\n`);
    expect(toResponse(await log.open('a', ids.at(-1) as never), encodeDeltas()).status).toBe(204);
  });
});
