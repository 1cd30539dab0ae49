import { createClient } from 'redis';
import { Redis } from 'ioredis';
import { nodeRedis, ioRedis } from 'rxllm/redis';
const client = createClient({ url: '' });
nodeRedis(client);
nodeRedis(await client.connect());
ioRedis(new Redis(''));
