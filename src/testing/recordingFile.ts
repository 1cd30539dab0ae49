import type { RecordingSink } from './recordFrames.ts';

/**
 * A file for `recordFrames` to write to, in Node.
 *
 * It is made at the call, empty, in place of one that is there. A line is in the file when the sink returns, so a crash leaves all
 * that came before it.
 *
 * @example A recording on disk
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { fromHttp } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { fakeProvider, recordFrames, recordingFile } from 'rxllm/testing';
 *
 * const { readFileSync, rmSync } = process.getBuiltinModule('node:fs');
 * const path = `${process.getBuiltinModule('node:os').tmpdir()}/answer-${process.pid}.ndjson`;
 * const fetch = recordFrames(recordingFile(path), { fetch: fakeProvider().fetch });
 * const request = openAiChat.request({ baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } });
 * await lastValueFrom(fromHttp(request));
 *
 * readFileSync(path, 'utf8').startsWith('{"rxllm":"recording","version":1}\n'); // => true
 * rmSync(path);
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export function recordingFile(path: string): RecordingSink {
  // Asked for and not imported: bundlers for browsers look for what is imported, also where it never runs.
  const { appendFileSync, writeFileSync } = process.getBuiltinModule('node:fs');
  writeFileSync(path, '');
  return (line) => {
    appendFileSync(path, line);
  };
}
