-- The fenced write (DESIGN 2.4, PROMISES 2): a window of keys in one call; nothing is rolled back, each key has its
-- own answer. The payload is never decoded. The same decision in C++ is fence.cpp.
--   KEYS  the keys
--   ARGV  D + U in ms; then for each key: value, TTL in ms, version, lastUpdated in ms since 1970
-- Answers three elements a key, flat: what became of it (written, superseded, expired, or "!COMMAND error text");
-- the old head, at most 80 bytes; the old length (-1: not a string).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local max_age = tonumber(ARGV[1])

local kMaxAhead = 60000  -- a head further ahead than this was written by a wrong clock and has no token
local kHead = '^{"version":([1-9]%d*),"lastUpdated":"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.(%d%d%d)Z","payload":'

local function days_in(year, month)
  if month == 2 then
    local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
    return leap and 29 or 28
  end
  return (month == 4 or month == 6 or month == 9 or month == 11) and 30 or 31
end

-- Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March, so that a leap day ends one.
local function days_since_1970(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = math.floor(year / 400)
  local year_of_era = year - era * 400
  local day_of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146097 + year_of_era * 365 + math.floor(year_of_era / 4) - math.floor(year_of_era / 100)
    + day_of_year - 719468
end

-- Version and instant of a head in our exact form; nothing for anything else.
local function token_of(head)
  local version, year, month, day, hour, minute, second, milli = string.match(head, kHead)
  if not version or #version > 9 then return nil end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if month < 1 or month > 12 or day < 1 or day > days_in(year, month) then return nil end
  if hour > 23 or minute > 59 or second > 59 then return nil end
  local seconds = days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
  return tonumber(version), seconds * 1000 + tonumber(milli)
end

local function supersedes(head, version, instant)
  local its_version, its_instant = token_of(head)
  if not its_version or its_instant - now > kMaxAhead then return false end
  return its_version > version or (its_version == version and its_instant > instant)
end

local function failed(reply)
  return type(reply) == 'table' and reply.err
end

local function failure(command, reply)
  return '!' .. command .. ' ' .. string.sub(reply.err, 1, 200)
end

-- Old head and length; or nothing and what went wrong. Only another type counts as no text: with every error taken
-- for that, a user without the right to GETRANGE would write without a fence.
local function look(key)
  local head = redis.pcall('GETRANGE', key, 0, 79)
  if failed(head) then
    if string.sub(head.err, 1, 9) == 'WRONGTYPE' then return '', -1 end
    return nil, failure('GETRANGE', head)
  end
  if #head < 80 then return head, #head end
  local length = redis.pcall('STRLEN', key)
  if failed(length) then return nil, failure('STRLEN', length) end
  return head, length
end

local function write(key, value, ttl, version, instant)
  local head, length = look(key)
  if now - instant > max_age then return 'expired', head or '', head and length or 0 end
  if not head then return length, '', 0 end
  if supersedes(head, version, instant) then return 'superseded', head, length end
  local done = redis.pcall('SET', key, value, 'PX', ttl)
  if failed(done) then return failure('SET', done), head, length end
  return 'written', head, length
end

local answers = {}
for i, key in ipairs(KEYS) do
  local at = 4 * i - 2
  local answer, head, length = write(key, ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
  answers[3 * i - 2], answers[3 * i - 1], answers[3 * i] = answer, head, length
end
return answers
