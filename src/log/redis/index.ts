export { ioRedis, type IoRedisClient } from './ioRedis.ts';
export { nodeRedis, type NodeRedisClient } from './nodeRedis.ts';
export { redisDriver, type RedisLogOptions } from './redisDriver.ts';
export { redisLog } from './redisLog.ts';
export type { RedisPort } from './RedisPort.ts';
