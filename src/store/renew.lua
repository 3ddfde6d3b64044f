-- Renewal in place (PROMISES 2): the head of a value and its life begin anew, its payload stays as it is. Only where
-- head and length are exactly those that were read; so a key that is gone never becomes a head without a payload.
--   KEYS  the keys
--   ARGV  D + U in ms; then for each key: old head, old length, new head (as long as the old; empty: its life alone,
--         which is never shortened), TTL in ms, lastUpdated of the new head in ms since 1970
-- Answers an element a key: written, changed, expired, or "!COMMAND error text".
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local max_age = tonumber(ARGV[1])

local function failed(reply)
  return type(reply) == 'table' and reply.err
end

local function failure(command, reply)
  return '!' .. command .. ' ' .. string.sub(reply.err, 1, 200)
end

-- Whether the old value is there; nothing and what went wrong if that cannot be told. Another type is another value.
local function is_there(key, head, length)
  local front = redis.pcall('GETRANGE', key, 0, #head - 1)
  if failed(front) then
    if string.sub(front.err, 1, 9) == 'WRONGTYPE' then return false end
    return nil, failure('GETRANGE', front)
  end
  if front ~= head then return false end
  local whole = redis.pcall('STRLEN', key)
  if failed(whole) then return nil, failure('STRLEN', whole) end
  return whole == length
end

local function outlives(key, ttl)
  local left = redis.pcall('PTTL', key)
  return not failed(left) and (left < 0 or left >= ttl)
end

local function renew(key, old_head, length, new_head, ttl, instant)
  local there, trouble = is_there(key, old_head, length)
  if there == nil then return trouble end
  if not there then return 'changed' end
  if new_head == '' and outlives(key, ttl) then return 'written' end
  if new_head ~= '' and now - instant > max_age then return 'expired' end
  -- The life first: a user without the right to it changes nothing.
  local lives = redis.pcall('PEXPIRE', key, ttl)
  if failed(lives) then return failure('PEXPIRE', lives) end
  if new_head == '' then return 'written' end
  local done = redis.pcall('SETRANGE', key, 0, new_head)
  if failed(done) then return failure('SETRANGE', done) end
  return 'written'
end

local answers = {}
for i, key in ipairs(KEYS) do
  local at = 5 * i - 3
  answers[i] = renew(key, ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]))
end
return answers
