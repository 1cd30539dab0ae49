import { type LogDriver, memoryDriver } from 'rxllm/log';

import { logDriverContract } from './logDriverContract.ts';

describe('memoryDriver', () => {
  let driver: LogDriver;
  beforeEach(() => {
    driver = memoryDriver();
  });
  logDriverContract(() => ({ driver, other: driver }));
});
