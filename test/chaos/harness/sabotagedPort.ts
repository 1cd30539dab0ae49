import type { RedisPort } from '../../../src/log/redis/RedisPort.ts';
import type { Sabotage } from './ServerConfig.ts';

const asOwner = "\nif redis.call('EXISTS', KEYS[1]) == 1 then ARGV[2] = redis.call('HGET', KEYS[1], 'epoch') end";

/** Put before what is meant, whatever was: the writer of the last record, and the next number. */
const asNext = `
local now = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if now[1] then
  local more = tonumber(ARGV[4]) - tonumber(ARGV[3])
  ARGV[2] = now[1]
  ARGV[3] = tostring(tonumber(now[2]) + 1)
  ARGV[4] = tostring(tonumber(now[2]) + 1 + more)
end`;

/** Each is an edit of the text of a script; one that finds nothing to edit would break nothing. */
const edits: Readonly<Record<Sabotage, (script: string) => string>> = {
  unfenced(script) {
    if (script.includes("'d', ARGV[5]")) return asNext + script;
    return script.includes("'SET', KEYS[3], ARGV[2]") ? asOwner + script : script;
  },
  'no-lease': (script) => script.replaceAll("redis.call('EXISTS', KEYS[3]) == 1", 'false'),
  'no-reaper': (script) => script.replaceAll("redis.call('EXISTS', KEYS[3]) == 1", 'true'),
};

/** A port whose scripts do not do what they should. */
export const sabotagedPort = (port: RedisPort, sabotage: Sabotage): RedisPort => ({
  ...port,
  send([command = '', ...args]) {
    if (command === 'SCRIPT') return port.send([command, args[0] ?? '', edits[sabotage](args[1] ?? '')]);
    if (command === 'EVAL') return port.send([command, edits[sabotage](args[0] ?? ''), ...args.slice(1)]);
    return port.send([command, ...args]);
  },
});
