import { openAiChat } from 'rxllm/openai';
import { serveStreams } from 'rxllm/worker';

serveStreams([openAiChat]);
