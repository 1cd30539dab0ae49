import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Dialect, FinishReason, Usage } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

/** What a human reader says an answer is; `test/fixtures/README.md` tells the fields. */
export interface Golden {
  readonly outcome: 'complete' | 'ApiError' | 'ChunkParseError' | 'TruncatedError';
  readonly id?: string;
  readonly model?: string;
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  readonly finishReason?: FinishReason;
  readonly toolCalls?: readonly object[];
  readonly choices?: readonly { index: number; text: string; finishReason: FinishReason }[];
  readonly expectedChoices?: number;
  readonly usage?: Partial<Usage>;
  readonly citations?: readonly string[];
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

export interface Fixture {
  /** Dialect and scenario, such as `openai-chat/text`. */
  readonly name: string;
  readonly dialect: Dialect;
  readonly bytes: Uint8Array;
  readonly golden: Golden;
}

const root = join(import.meta.dirname, '..', 'fixtures');

/** Every recorded stream with its golden file. */
export const fixtures: readonly Fixture[] = [openAiChat, anthropicMessages].flatMap((dialect) =>
  readdirSync(join(root, dialect.name))
    .filter((file) => file.endsWith('.sse'))
    .map((file) => {
      const path = join(root, dialect.name, file.replace(/\.sse$/, ''));
      return {
        name: `${dialect.name}/${file.replace(/\.sse$/, '')}`,
        dialect,
        bytes: new Uint8Array(readFileSync(`${path}.sse`)),
        golden: JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Golden,
      };
    }),
);
