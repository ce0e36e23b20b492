/* SPDX-License-Identifier: Apache-2.0 */
/* What Redis decides atomically for us: enqueue, leases, acknowledgement, status. */
#include "common/queue_script.h"

#include "common/queue_conn.h"

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

/* KEYS 1 records, 2 versions, 3 published mark, 4 counters.
 * ARGV: events, one behind the other (hw_enqueue_text writes them). Of each: 1 stream, 2 version
 * ("" = a trusted caller, "*" = nothing to compare it with), 3 endpoint, 4 and 5 the entry's e and b,
 * 6 "1" = eight rules follow: events a minute, dedup window, body hash, hash of the sender's id, queue
 * limit, labels for counting ("" = do not count), "1" = only recorded as rejected, "2" = as
 * refused, request id. Each value costs Redis and Lua more than its bytes do: hence one text for
 * most of an event.
 * Answers: one for each event; one that failed is an error in its place and its neighbours are
 * what they would have been; but a replica says so for all of them, so that the caller looks for
 * the master. A version is looked up once, the queue is measured once: nothing else runs
 * meanwhile. A duplicate of oneself is a retry whose first answer was lost: it is stored
 * already. */
static const char enqueue[] =
    "local records, versions, mark, counters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]\n"
    "local current, counted, waiting = {}, {}, nil\n"
    "local function count(labels, status)\n"
    "  if labels ~= '' then\n"
    "    local s = 'hookwise_webhooks_received_total{status=\"' .. status .. '\",' .. labels .. '}'\n"
    "    counted[s] = (counted[s] or 0) + 1\n"
    "  end\n"
    "end\n"
    "local function minute_count(prefix, ep)\n"
    "  local now = tonumber(redis.call('TIME')[1])\n"
    "  local key = prefix .. ep .. ':' .. math.floor(now / 60)\n"
    "  local n = redis.call('INCR', key)\n"
    "  if n == 1 then redis.call('EXPIRE', key, 120) end\n"
    "  return n, 60 - now % 60\n"
    "end\n"
    "local function known(key, id, labels)\n"
    "  local first = redis.call('GET', key)\n"
    "  if not first then return nil end\n"
    "  if first == id then return 'stored' end\n"
    "  count(labels, 'duplicate')\n"
    "  return {'duplicate', first}\n"
    "end\n"
    "local function full(limit)\n"
    "  if limit == 0 then return false end\n"
    "  if not waiting then\n"
    "    waiting = 0\n"
    "    for n = 0, " NUMBER(HW_SHARDS) " - 1 do\n"
    "      waiting = waiting + redis.call('XLEN', '" HW_STREAM_PREFIX "' .. n)\n"
    "    end\n"
    "  end\n"
    "  return waiting >= limit\n"
    "end\n"
    "local function take(at)\n"
    "  local stream, version, ep, text, data = unpack(ARGV, at, at + 4)\n"
    "  local rate, window, body, sender, limit, labels, rejected, id = 0, 0, '', '', 0, '', '', ''\n"
    "  local what, idkey, ddkey = 'stored', nil, nil\n"
    "  if ARGV[at + 5] == '1' then\n"
    "    rate, window, body, sender, limit, labels, rejected, id = unpack(ARGV, at + 6, at + 13)\n"
    "    rate, limit = tonumber(rate), tonumber(limit)\n"
    "  end\n"
    "  if version ~= '' and version ~= '" HW_VERSION_ANY "' then\n"
    "    if current[ep] == nil then current[ep] = redis.call('HGET', versions, ep) end\n"
    "    if not current[ep] then\n"
    "      if redis.call('EXISTS', mark) == 1 then return 'gone' end\n"
    "      what = 'unpublished'\n"
    "    elseif current[ep] ~= version then\n"
    "      return {'stale', redis.call('HGET', records, ep)}\n"
    "    end\n"
    "  end\n"
    "  if rejected == '2' then\n"
    "    if minute_count('hw:rf:', ep) > " NUMBER(HW_REFUSED_PER_MINUTE) " then return 'capped' end\n"
    "  elseif rejected == '1' then\n"
    "    if minute_count('hw:rj:', ep) > " NUMBER(HW_REJECTED_PER_MINUTE) " then\n"
    "      count(labels, 'rejected')\n"
    "      return 'capped'\n"
    "    end\n"
    "  elseif version ~= '' then\n"
    "    if rate > 0 then\n"
    "      local n, left = minute_count('hw:rl:', ep)\n"
    "      if n > rate then\n"
    "        count(labels, 'rate_limited')\n"
    "        return {'rate', left}\n"
    "      end\n"
    "    end\n"
    "    if sender ~= '' then\n"
    "      idkey = 'hw:id:' .. ep .. ':' .. sender\n"
    "      local answer = known(idkey, id, labels)\n"
    "      if answer then return answer end\n"
    "    end\n"
    "    if body ~= '' then\n"
    "      ddkey = 'hw:dd:' .. ep .. ':' .. body\n"
    "      local answer = known(ddkey, id, labels)\n"
    "      if answer then return answer end\n"
    "    end\n"
    "  end\n"
    "  if full(limit) then\n"
    "    count(labels, 'unavailable')\n"
    "    return 'full'\n"
    "  end\n"
    "  if what == 'stored' then\n"
    "    redis.call('XADD', stream, '*', 'v', '2', 'e', text, 'b', data)\n"
    "  else\n"
    "    redis.call('XADD', stream, '*', 'v', '2', 'e', text, 'b', data, 'f', 'u')\n"
    "  end\n"
    "  if waiting then waiting = waiting + 1 end\n"
    "  if idkey then redis.call('SET', idkey, id, 'EX', " NUMBER(HW_SENDER_ID_TTL) ") end\n"
    "  if ddkey then redis.call('SET', ddkey, id, 'EX', window) end\n"
    "  count(labels, rejected ~= '' and 'rejected' or 'queued')\n"
    "  return what\n"
    "end\n"
    "local answers, at, values = {}, 1, #ARGV\n"
    "while at <= values do\n"
    "  local fine, answer = pcall(take, at)\n"
    "  if not fine then\n"
    "    answer = {err = type(answer) == 'table' and answer.err or tostring(answer)}\n"
    "    local replica = string.match(answer.err, 'READONLY .*')\n"
    "    if replica then return {err = replica} end\n"
    "  end\n"
    "  answers[#answers + 1] = answer\n"
    "  at = at + (ARGV[at + 5] == '1' and 14 or 6)\n"
    "end\n"
    "for series, n in pairs(counted) do redis.pcall('HINCRBY', counters, series, n) end\n"
    "return answers\n";

/* KEYS 1 lease, 2 stream. ARGV 1 owner, 2 group, 3... entry ids. */
static const char ack[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end\n"
    "redis.call('XACK', KEYS[2], ARGV[2], unpack(ARGV, 3))\n"
    "return redis.call('XDEL', KEYS[2], unpack(ARGV, 3))\n";

/* A Redis that has reached its maxmemory is emptied by hookwised alone, so what hookwised needs
 * for that must get past it: a script that has begun to write, with a command that takes no
 * memory, may go on to those that do. The next three begin so. */

/* KEYS 1 lease, 2 index of workers. ARGV 1 owner, 2 milliseconds. Whoever asks for a shard is a
 * living worker, whether it gets the shard or not: the index finds its status without a SCAN. */
static const char lease_take[] =
    "local now = tonumber(redis.call('TIME')[1])\n"
    "local owner = redis.call('GET', KEYS[1])\n"
    "redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 3600)\n"
    "redis.call('ZADD', KEYS[2], now, ARGV[1])\n"
    "if owner and owner ~= ARGV[1] then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
    "return 1\n";

/* KEYS 1 stream. ARGV 1 group. An error BUSYGROUP: it is there. */
static const char group[] =
    "redis.call('XACK', KEYS[1], ARGV[1], '0-1')\n"
    "return redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')\n";

/* KEYS 1 worker. ARGV 1 seconds it is believed, 2... names and values. */
static const char beat[] =
    "redis.call('EXPIRE', KEYS[1], ARGV[1])\n"
    "redis.call('HSET', KEYS[1], unpack(ARGV, 2))\n"
    "return redis.call('EXPIRE', KEYS[1], ARGV[1])\n";

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
    case HW_SCRIPT_GROUP:
        return group;
    case HW_SCRIPT_BEAT:
        return beat;
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
