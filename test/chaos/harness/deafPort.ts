import type { RedisPort } from '../../../src/log/redis/RedisPort.ts';
import { random } from './random.ts';

/** A port that does not hear a share of the messages. */
export const deafPort = (port: RedisPort, seed: string, share: () => number): RedisPort => {
  const { chance } = random(`${seed} deaf`);
  return {
    ...port,
    subscribe: (channel, onMessage) =>
      port.subscribe(channel, (message) => {
        if (!chance(share())) onMessage(message);
      }),
  };
};
