/* SPDX-License-Identifier: Apache-2.0 */
/* What Redis decides atomically for us: enqueue, leases, acknowledgement, status. */
#include "common/queue_script.h"

#include "common/queue_conn.h"

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

/* KEYS 1 stream, 2 records, 3 versions, 4 published mark, 5 counters.
 * ARGV 1 endpoint, 2 version ("" = a trusted caller, "*" = nothing to compare it with), 3 request id, 4 events a minute, 5 dedup
 * window, 6 body hash, 7 hash of the sender's id, 8 queue limit, 9 labels for counting ("" = do
 * not count), 10 "1" = only recorded as rejected, "2" = as refused, 11 where the value of field "f" stands (0 = not sent),
 * 12... the entry's fields.
 * A duplicate of oneself is a retry whose first answer was lost: it is stored already. */
static const char enqueue[] =
    "local ep, version, id = ARGV[1], ARGV[2], ARGV[3]\n"
    "local what, idkey, ddkey = 'stored', nil, nil\n"
    "local function count(status)\n"
    "  if ARGV[9] ~= '' then\n"
    "    redis.call('HINCRBY', KEYS[5],\n"
    "      'hookwise_webhooks_received_total{status=\"' .. status .. '\",' .. ARGV[9] .. '}', 1)\n"
    "  end\n"
    "end\n"
    "local function minute_count(prefix)\n"
    "  local now = tonumber(redis.call('TIME')[1])\n"
    "  local key = prefix .. ep .. ':' .. math.floor(now / 60)\n"
    "  local n = redis.call('INCR', key)\n"
    "  if n == 1 then redis.call('EXPIRE', key, 120) end\n"
    "  return n, 60 - now % 60\n"
    "end\n"
    "local function known(key)\n"
    "  local first = redis.call('GET', key)\n"
    "  if not first then return nil end\n"
    "  if first == id then return {'stored'} end\n"
    "  count('duplicate')\n"
    "  return {'duplicate', first}\n"
    "end\n"
    "if version ~= '' and version ~= '" HW_VERSION_ANY "' then\n"
    "  local current = redis.call('HGET', KEYS[3], ep)\n"
    "  if not current then\n"
    "    if redis.call('EXISTS', KEYS[4]) == 1 then return {'gone'} end\n"
    "    local f = tonumber(ARGV[11])\n"
    "    if f == 0 then\n"
    "      ARGV[#ARGV + 1] = 'f'\n"
    "      f = #ARGV + 1\n"
    "    end\n"
    "    ARGV[f] = (ARGV[f] or '') .. 'u'\n"
    "    what = 'unpublished'\n"
    "  elseif current ~= version then\n"
    "    return {'stale', redis.call('HGET', KEYS[2], ep)}\n"
    "  end\n"
    "end\n"
    "if ARGV[10] == '2' then\n"
    "  if minute_count('hw:rf:') > " NUMBER(HW_REFUSED_PER_MINUTE) " then return {'capped'} end\n"
    "elseif ARGV[10] == '1' then\n"
    "  if minute_count('hw:rj:') > " NUMBER(HW_REJECTED_PER_MINUTE) " then\n"
    "    count('rejected')\n"
    "    return {'capped'}\n"
    "  end\n"
    "elseif version ~= '' then\n"
    "  local rate = tonumber(ARGV[4])\n"
    "  if rate > 0 then\n"
    "    local n, left = minute_count('hw:rl:')\n"
    "    if n > rate then\n"
    "      count('rate_limited')\n"
    "      return {'rate', left}\n"
    "    end\n"
    "  end\n"
    "  if ARGV[7] ~= '' then\n"
    "    idkey = 'hw:id:' .. ep .. ':' .. ARGV[7]\n"
    "    local answer = known(idkey)\n"
    "    if answer then return answer end\n"
    "  end\n"
    "  if ARGV[6] ~= '' and tonumber(ARGV[5]) > 0 then\n"
    "    ddkey = 'hw:dd:' .. ep .. ':' .. ARGV[6]\n"
    "    local answer = known(ddkey)\n"
    "    if answer then return answer end\n"
    "  end\n"
    "end\n"
    "local limit = tonumber(ARGV[8])\n"
    "if limit > 0 and redis.call('XLEN', KEYS[1]) > limit / " NUMBER(HW_SHARDS) " then\n"
    "  local all = 0\n"
    "  for n = 0, " NUMBER(HW_SHARDS) " - 1 do all = all + redis.call('XLEN', '" HW_STREAM_PREFIX
    "' .. n) end\n"
    "  if all >= limit then\n"
    "    count('unavailable')\n"
    "    return {'full'}\n"
    "  end\n"
    "end\n"
    "redis.call('XADD', KEYS[1], '*', unpack(ARGV, 12))\n"
    "if idkey then redis.call('SET', idkey, id, 'EX', " NUMBER(HW_SENDER_ID_TTL) ") end\n"
    "if ddkey then redis.call('SET', ddkey, id, 'EX', ARGV[5]) end\n"
    "count(ARGV[10] == '1' and 'rejected' or 'queued')\n"
    "return {what}\n";

/* KEYS 1 lease, 2 stream. ARGV 1 owner, 2 group, 3... entry ids. */
static const char ack[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end\n"
    "redis.call('XACK', KEYS[2], ARGV[2], unpack(ARGV, 3))\n"
    "return redis.call('XDEL', KEYS[2], unpack(ARGV, 3))\n";

/* KEYS 1 lease, 2 index of workers. ARGV 1 owner, 2 milliseconds. Whoever asks for a shard is a
 * living worker, whether it gets the shard or not: the index finds its status without a SCAN. */
static const char lease_take[] =
    "local now = tonumber(redis.call('TIME')[1])\n"
    "local owner = redis.call('GET', KEYS[1])\n"
    "redis.call('ZADD', KEYS[2], now, ARGV[1])\n"
    "redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 3600)\n"
    "if owner and owner ~= ARGV[1] then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
    "return 1\n";

/* KEYS 1 lease. ARGV 1 owner. */
static const char lease_drop[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n"
    "return redis.call('DEL', KEYS[1])\n";

/* Only ids of first entries leave Redis, never their bodies. */
static const char status[] =
    "local time = redis.call('TIME')\n"
    "local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
    "local lag, oldest = 0, now\n"
    "for n = 0, " NUMBER(HW_SHARDS) " - 1 do\n"
    "  local stream = '" HW_STREAM_PREFIX "' .. n\n"
    "  local len = redis.call('XLEN', stream)\n"
    "  if len > 0 then\n"
    "    local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]\n"
    "    lag = lag + len\n"
    "    oldest = math.min(oldest, tonumber(string.match(first[1], '^%d+')))\n"
    "  end\n"
    "end\n"
    "local out = {redis.call('EXISTS', 'hw:cfg'), lag, now - oldest}\n"
    "for _, worker in ipairs(redis.call('ZRANGE', 'hw:workers', 0, -1)) do\n"
    "  if redis.call('EXISTS', 'hw:w:' .. worker) == 1 then\n"
    "    out[#out + 1] = redis.call('HGET', 'hw:w:' .. worker, 'json') or ''\n"
    "  end\n"
    "end\n"
    "return out\n";

const char *
hw_queue_script_text(int which)
{
    switch (which) {
    case HW_SCRIPT_ACK:
        return ack;
    case HW_SCRIPT_LEASE_TAKE:
        return lease_take;
    default:
        return lease_drop;
    }
}

const char *
hw_enqueue_script(void)
{
    return enqueue;
}

const char *
hw_status_script(void)
{
    return status;
}
