/**
 * What must happen at once happens inside the engine. KEYS: the log's state (a hash), its entries (a stream), the lease of its
 * producer. ARGV[1] is its channel. Each answers with a word, then values.
 *
 * What is written is published from within, so that a producer that was shut out cannot announce what never came to be.
 */
const open = `
local s = redis.call('HMGET', KEYS[1], 'state', 'epoch', 'seq', 'owner', 'at')
if s[4] == ARGV[5] then return {'ok', tonumber(s[2]), tonumber(s[5])} end
if ARGV[2] == 'create' then
  if s[1] then return {'exists'} end
  -- What is left of another log, where memory was short and only its state had to go.
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'state', 'open', 'epoch', ARGV[6], 'seq', 0, 'owner', ARGV[5], 'at', 0)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('SET', KEYS[3], ARGV[6], 'PX', ARGV[3])
  return {'ok', tonumber(ARGV[6]), 0}
end
if not s[1] then return {'not-found'} end
if s[1] ~= 'open' then return {'closed'} end
if redis.call('EXISTS', KEYS[3]) == 1 then return {'busy'} end
local e = tonumber(s[2]) + tonumber(ARGV[6])
redis.call('HSET', KEYS[1], 'epoch', e, 'owner', ARGV[5], 'at', s[3])
redis.call('SET', KEYS[3], e, 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {'ok', e, tonumber(s[3])}`;

const append = `
local m = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'state', 'stop')
if not m[1] then return {'not-found'} end
if m[1] ~= ARGV[2] then return {'fenced'} end
local seq, first, last = tonumber(m[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if last <= seq then return {'ok', m[4]} end
if m[3] ~= 'open' then return {'closed'} end
if first ~= seq + 1 then return {'gap', seq} end
redis.call('XADD', KEYS[2], ARGV[2] .. '-' .. ARGV[4], 'n', last - first + 1, 'd', ARGV[5])
redis.call('HSET', KEYS[1], 'seq', last)
if redis.call('PTTL', KEYS[2]) < 0 then redis.call('PEXPIRE', KEYS[2], math.max(1, redis.call('PTTL', KEYS[1]))) end
redis.call('PUBLISH', ARGV[1], 'E' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])
return {'ok', m[4]}`;

const end = `
local m = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'state')
if not m[1] then return {'not-found'} end
if m[1] ~= ARGV[2] then return {'fenced'} end
local seq = tonumber(ARGV[3])
if seq <= tonumber(m[2]) then return {'ok'} end
if m[3] ~= 'open' then return {'closed'} end
if seq ~= tonumber(m[2]) + 1 then return {'gap', tonumber(m[2])} end
redis.call('XADD', KEYS[2], ARGV[2] .. '-' .. ARGV[3], 'e', ARGV[5])
redis.call('HSET', KEYS[1], 'seq', seq, 'state', ARGV[4])
redis.call('DEL', KEYS[3])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PUBLISH', ARGV[1], 'T' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[3] .. ' ' .. ARGV[5])
return {'ok'}`;

const renew = `
local m = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'stop')
if not m[1] then return {'not-found'} end
if m[1] ~= ARGV[2] then return {'fenced'} end
if m[2] ~= 'open' then return {'closed'} end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {'ok', 0, m[3]}`;

const stop = `
if redis.call('HGET', KEYS[1], 'state') ~= 'open' then return {'no'} end
redis.call('HSETNX', KEYS[1], 'stop', ARGV[2])
redis.call('PUBLISH', ARGV[1], 'S' .. redis.call('HGET', KEYS[1], 'stop'))
return {'ok'}`;

const reap = `
local m = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'state', 'stop')
if m[3] ~= 'open' or redis.call('EXISTS', KEYS[3]) == 1 then return {'no'} end
local e, s = tonumber(m[1]) + tonumber(ARGV[3]), tonumber(m[2]) + 1
local state, ending = 'lost', '{"state":"lost"}'
if m[4] then state, ending = 'stopped', cjson.encode({state = 'stopped', reason = m[4]}) end
redis.call('XADD', KEYS[2], e .. '-' .. s, 'e', ending)
redis.call('HSET', KEYS[1], 'epoch', e, 'seq', s, 'state', state)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PUBLISH', ARGV[1], 'T' .. e .. ' ' .. s .. ' ' .. s .. ' ' .. ending)
return {'ok'}`;

export const scripts = { open, append, end, renew, stop, reap } as const;
