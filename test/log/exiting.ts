// A program with an answer that is over, one that nobody reads, and one that is read; run by node itself.
import { concat, NEVER, of, take, toArray } from 'rxjs';

import { memoryLog } from '../../src/log/memoryLog.ts';

const log = memoryLog<number>();
await (
  await log.start('over', of(1, 2, 3))
).ended;
await log.start('unread', concat(of(1), NEVER));
await log.start('read', concat(of(1), NEVER));
log.follow('read').subscribe();
log
  .follow('over')
  .pipe(take(3), toArray())
  .subscribe((records) => {
    console.log(records.map(({ event }) => event).join());
  });
