import { diag, DiagLogLevel } from '@opentelemetry/api';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { concat, from, NEVER, throwError } from 'rxjs';
import { type Delta, NetworkError, ToolError } from 'rxllm';
import { traceCompletion } from 'rxllm/otel';

import { call, end, finish, start, stepEnd, text, toolRun, usage } from '../support/deltas.ts';
import { record } from '../support/record.ts';

const problem = new ToolError({ reason: 'failed', toolName: 'f', callId: 'c1', problem: 'broken' });
const fault = new NetworkError({ url: 'http://a.test', code: undefined, reason: 'reset', phase: 'body' });

/** Any delta, in any order: streams of others need not keep to ours. */
const anyDelta: fc.Arbitrary<Delta> = fc.oneof(
  fc.nat(2).map((step) => start('a', 'm', step)),
  fc.constantFrom<Delta>(
    text(0, 'Hi'),
    text(0, ''),
    call(1, { id: 'c1', name: 'f', argumentsText: '{}' }),
    usage({ inputTokens: 1, outputTokens: 2 }),
    finish('stop'),
    finish('tool-calls'),
    finish('pause', 'pause', 1),
    { type: 'retry', attempt: 2, delayMs: 1, error: fault },
    { type: 'resume', resumption: 1, delayMs: 1, error: fault },
    stepEnd(0),
    end,
  ),
  fc
    .tuple(fc.nat(2), fc.constantFrom({}, { progress: 1 }, { result: 1 }, { error: problem }))
    .map(([part, news]) => toolRun(part, news)),
);

const endings = {
  complete: from<Delta[]>([]),
  error: throwError(() => fault),
  none: NEVER,
};

describe('any stream of deltas', () => {
  it('passes untouched, and every span that begins ends once', () => {
    const complaints: unknown[] = [];
    const complain = (...words: unknown[]): unknown => complaints.push(words);
    const silent = (): void => undefined;
    diag.setLogger(
      { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
      DiagLogLevel.WARN,
    );

    fc.assert(
      fc.property(
        fc.array(anyDelta, { maxLength: 20 }),
        fc.constantFrom(...(Object.keys(endings) as (keyof typeof endings)[])),
        fc.option(fc.constant('agent'), { nil: undefined }),
        fc.boolean(),
        (deltas, ending, agent, captureContent) => {
          let begun = 0;
          const ended: ReadableSpan[] = [];
          const processor = {
            onStart: () => void (begun += 1),
            onEnd: (span: ReadableSpan) => void ended.push(span),
            forceFlush: async () => undefined,
            shutdown: async () => undefined,
          };
          const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('test');
          const source = concat(from(deltas), endings[ending]);

          const recorded = record(source.pipe(traceCompletion({ provider: 'x', agent, captureContent, tracer })));

          expect(recorded.values).toEqual(deltas);
          expect(recorded.ending).toBe(ending);
          expect(ended).toHaveLength(begun);
          expect(new Set(ended).size).toBe(begun);
        },
      ),
      { numRuns: 500 },
    );

    diag.disable();
    expect(complaints).toEqual([]);
  });
});
