// SPDX-License-Identifier: MIT
// The scripts. A key of a cache is one hash:
//   v<fingerprint>  deadline:tags:value      l<fingerprint>  deadline:tags:token
//   i<transaction>  deadline                 c               deadline of every value in it
// A tag is one hash: g its generation, i<transaction> as above. `meta` holds gen, seq and run_id;
// `bus` is the stream. All deadlines are in Redis' own milliseconds: no clock of ours is compared
// with another's. Nothing newer than Redis 5 is used.
#include "redis_script.hpp"

namespace honeydue {

namespace {

// A key lives a second longer than the last deadline in it, so that the deadlines decide.
// KEYS[1] is meta, KEYS[2] the bus; ARGV[1] the generation the caller believes in.
constexpr const char* opening = R"(
if redis.call('HGET', KEYS[1], 'gen') ~= ARGV[1] then return {'moved'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function text(n) return string.format('%.0f', n) end
local function live_at_least(key, ms)
  ms = ms + 1000
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
end
local function split(packed)
  local a = string.find(packed, ':', 1, true)
  local b = string.find(packed, ':', a + 1, true)
  return tonumber(string.sub(packed, 1, a - 1)), string.sub(packed, a + 1, b - 1),
         string.sub(packed, b + 1)
end
)";

// A tag whose writer never came back has been written for all anybody knows.
constexpr const char* reading = R"(
local function read_tags(first, nonce, life)
  local all, lo, hi = {}, nil, nil
  for n = first, #KEYS do
    local key, gen, lapsed = KEYS[n], nil, false
    local fields = redis.call('HGETALL', key)
    for i = 1, #fields, 2 do
      if fields[i] == 'g' then
        gen = fields[i + 1]
      else
        local till = tonumber(fields[i + 1])
        if till <= now then
          lapsed = true
          redis.call('HDEL', key, fields[i])
        else
          if not lo or till < lo then lo = till end
          if not hi or till > hi then hi = till end
        end
      end
    end
    if not gen or lapsed then
      gen = nonce .. (n - first + 1)
      redis.call('HSET', key, 'g', gen)
      live_at_least(key, tonumber(life))
    end
    all[#all + 1] = gen .. ','
  end
  return table.concat(all), lo, hi
end
local function live_intent(key)
  local hi = nil
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 1) == 'i' then
      local till = tonumber(redis.call('HGET', key, field))
      if till <= now then
        redis.call('HDEL', key, field)
      elseif not hi or till > hi then
        hi = till
      end
    end
  end
  return hi
end
)";

// Redis refuses what takes memory when it has none left, unless the script has written already: so
// the first command of an invalidation is one that takes none.
constexpr const char* telling = R"(
redis.call('HDEL', KEYS[1], '')
local function publish(kind, first)
  local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
  local entry = {'g', ARGV[1], 's', text(seq), 'k', kind}
  for i = first, #ARGV do
    entry[#entry + 1] = 'n'
    entry[#entry + 1] = ARGV[i]
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', '10000', '*', unpack(entry))
  return seq
end
)";

// ARGV: run_id, a new generation.
constexpr const char* hello = R"(
local m = redis.call('HMGET', KEYS[1], 'gen', 'run_id', 'seq')
if not m[1] or not m[3] or m[2] ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'gen', ARGV[2], 'run_id', ARGV[1], 'seq', '0')
  m[1], m[3] = ARGV[2], '0'
end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', '1')
return {m[1], m[3], last[1] and last[1][1] or '0-0'}
)";

// ARGV: a new generation.
constexpr const char* renew = R"(
redis.call('HDEL', KEYS[1], '')
redis.call('HSET', KEYS[1], 'gen', ARGV[1], 'seq', '0')
return {'ok'}
)";

// KEYS[3] the key, then the tags. ARGV: generation, fingerprint, token, lease, mode, nonce, life of
// a tag.
constexpr const char* acquire = R"(
local key, field, mode = KEYS[3], ARGV[2], ARGV[5]
local tags, lo, hi = read_tags(4, ARGV[6], ARGV[7])
local dirty = live_intent(key)
if hi and (not dirty or hi > dirty) then dirty = hi end
if mode ~= 'r' and (not dirty or mode == 'u') then
  local held = redis.call('HGET', key, 'v' .. field)
  if held then
    local till, its, value = split(held)
    if its == tags then
      local cap = redis.call('HGET', key, 'c')
      if cap then till = math.min(till, tonumber(cap)) end
      if lo then till = math.min(till, lo) end
      if till > now then return {'hit', now, till - now, value} end
    end
  end
end
if dirty then return {'dirty', now, dirty - now} end
local leased = redis.call('HGET', key, 'l' .. field)
if leased then
  local till, its, token = split(leased)
  if till > now and its == tags and token ~= ARGV[3] then return {'busy', now, till - now} end
end
local lease = tonumber(ARGV[4])
redis.call('HSET', key, 'l' .. field, text(now + lease) .. ':' .. tags .. ':' .. ARGV[3])
live_at_least(key, lease)
return {'leased', now, lease}
)";

// KEYS as acquire. ARGV: generation, fingerprint, token, ttl, nonce, life of a tag, value. Writing
// the lease over itself makes Redis refuse right there when it has no memory left.
constexpr const char* fill = R"(
local key, field = KEYS[3], ARGV[2]
local leased = redis.call('HGET', key, 'l' .. field)
if not leased then return {'refused', now} end
local till, captured, token = split(leased)
if token ~= ARGV[3] then return {'refused', now} end
redis.call('HSET', key, 'l' .. field, leased)
redis.call('HDEL', key, 'l' .. field)
local tags, lo, hi = read_tags(4, ARGV[5], ARGV[6])
if live_intent(key) or hi or captured ~= tags then return {'refused', now} end
if redis.call('HEXISTS', key, 'c') == 1 then
  for _, other in ipairs(redis.call('HKEYS', key)) do
    local kind = string.sub(other, 1, 1)
    if kind == 'v' or kind == 'c' then redis.call('HDEL', key, other) end
  end
end
local ttl = tonumber(ARGV[4])
redis.call('HSET', key, 'v' .. field, text(now + ttl) .. ':' .. tags .. ':' .. ARGV[7])
live_at_least(key, ttl)
for n = 4, #KEYS do live_at_least(KEYS[n], tonumber(ARGV[6])) end
return {'stored', now}
)";

// KEYS[3] the key. ARGV: generation, fingerprint, token.
constexpr const char* release = R"(
local leased = redis.call('HGET', KEYS[3], 'l' .. ARGV[2])
if leased then
  local till, its, token = split(leased)
  if token == ARGV[3] then redis.call('HDEL', KEYS[3], 'l' .. ARGV[2]) end
end
return {'ok', now}
)";

// KEYS[3 …] keys, then tags. ARGV: generation, transaction, window, number of keys, life of a tag,
// then the names for the bus.
constexpr const char* intend = R"(
local window, keys = tonumber(ARGV[3]), tonumber(ARGV[4])
local till = text(now + window)
for n = 3, 2 + keys do
  local key = KEYS[n]
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 1) == 'l' then redis.call('HDEL', key, field) end
  end
  local cap = redis.call('HGET', key, 'c')
  if not cap or tonumber(cap) > now + window then redis.call('HSET', key, 'c', till) end
  redis.call('HSET', key, 'i' .. ARGV[2], till)
  live_at_least(key, window)
end
for n = 3 + keys, #KEYS do
  redis.call('HSET', KEYS[n], 'i' .. ARGV[2], till)
  live_at_least(KEYS[n], tonumber(ARGV[5]))
end
return {'ok', now, publish('I', 6)}
)";

// KEYS as intend. ARGV: generation, transaction, 1 when the intent is to lapse by itself, number of
// keys, nonce, life of a tag, then the names for the bus.
constexpr const char* done = R"(
local keys = tonumber(ARGV[4])
for n = 3, 2 + keys do
  local key = KEYS[n]
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local kind = string.sub(field, 1, 1)
    if kind == 'v' or kind == 'l' or kind == 'c' then redis.call('HDEL', key, field) end
  end
  if ARGV[3] ~= '1' then redis.call('HDEL', key, 'i' .. ARGV[2]) end
end
for n = 3 + keys, #KEYS do
  redis.call('HSET', KEYS[n], 'g', ARGV[5] .. (n - 2 - keys))
  live_at_least(KEYS[n], tonumber(ARGV[6]))
  if ARGV[3] ~= '1' then redis.call('HDEL', KEYS[n], 'i' .. ARGV[2]) end
end
return {'ok', now, publish('D', 7)}
)";

// KEYS as intend. ARGV: generation, transaction.
constexpr const char* cancel = R"(
for n = 3, #KEYS do redis.call('HDEL', KEYS[n], 'i' .. ARGV[2]) end
return {'ok', now}
)";

std::array<std::string, redis_script_count> all_texts() {
    const std::string begin = opening;
    return {hello,
            renew,
            begin + reading + acquire,
            begin + reading + fill,
            begin + release,
            begin + telling + intend,
            begin + telling + done,
            begin + cancel};
}

}  // namespace

const std::string& text_of(redis_script script) {
    static const auto texts = all_texts();
    return texts[static_cast<std::size_t>(script)];
}

}  // namespace honeydue
