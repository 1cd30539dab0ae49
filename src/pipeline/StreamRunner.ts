import type { Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import type { StreamOptions } from './StreamOptions.ts';

/** What `streamDeltas` does, done elsewhere: in a worker, or in a test. */
export type StreamRunner = <Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  options: StreamOptions<Body>,
) => Observable<Delta>;
