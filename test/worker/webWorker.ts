import { openAiChat } from 'rxllm/openai';
import { serveStreams } from 'rxllm/worker';

serveStreams([openAiChat]);

// Tests make it fail outside of any stream.
addEventListener('message', ({ data }) => {
  if (data === 'throw') throw new Error('out of nowhere');
  if (data === 'close') close();
});
