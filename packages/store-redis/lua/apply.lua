--[[
  Keeps each record unless a newer or equal version of its key is held.

  ARGV[1]  records, one after the other: length of the partition's number (1 byte), that number in
           decimal, length of the key (2), key, length of the record (4), record; lengths are
           big-endian. The record's own bytes are laid out in core/record-codec: version (20),
           digest lanes (4 + 4), flags (1: 1 tombstone, 2 expires), expiry (6), ...; 40 bytes at
           least
  ARGV[2]  "at-limit": also when Redis is at its memory limit, provided that each record replaces
           one that is at least as large. "": like any other write.
  ARGV[3]  only where some of the records are noted: a digit for each, "0" not, "1" key, "2" key and
           value. A stored record leaves its notice (core/notice) in the sorted set "outbox"
  ARGV[4]  with ARGV[3]: how many notices are kept. The oldest are dropped, and counted in "meta"

  Returns one string, for each record in order:
    "n"            stored; the key had no value
    "v"            stored; the key had a value that never expires
    "x" + 6 bytes  stored; the key had a value with this expiry
    "r"            repeated: this version is held
    20 hex digits  stale: this newer version is held
  or "full" for the whole call; then nothing was changed.

  What stands where a record should be, too short or without a version, is replaced like an older
  record. What it has added to the digest is not known, so the digest is wrong then; a digest that is
  no 12 bytes counts as nothing. Both are found by those who compare. A script that failed
  here instead would have stored half a batch.

  Without "at-limit" the first write is an HSET, which Redis refuses at its limit before anything
  has happened; a later one is never refused, for Redis does not stop a script half-way. For the
  same reason the HDEL that comes first with "at-limit" opens the way for the HSET after it.
]]
local call, unpack, sub, byte = redis.call, struct.unpack, string.sub, string.byte
local find = string.find
local batch, at, size = ARGV[1], 1, #ARGV[1]
local at_limit = ARGV[2] == "at-limit"
local notes, outbox_max = ARGV[3], tonumber(ARGV[4])

if at_limit then
  while at <= size do
    local partition, key, record
    partition, key, record, at = unpack(">I1c0I2c0I4c0", batch, at)
    local held = call("HGET", "p:" .. partition, key)
    if not held or #held < #record then
      return "full"
    end
  end
  at = 1
end

local answers, count = {}, 0
-- Partitions as text: to write a number as text, for the name of a hash and twice for a digest,
-- takes longer than all that is computed here. By partition: what its digest gains.
local high, low, added = {}, {}, {}
local fields, field_count = {}, 0
-- By key: whether it belongs in the index now, where that has changed.
local live, live_changed = {}, false
-- By partition (2 bytes) and key: since when it is absent, or will be; false: it never will. Only
-- where there is a tombstone or an expiry, now or before: plain values pay a comparison.
local absent, absent_changed = {}, false
-- Score and notice, one after the other.
local notices = {}

local function note(kind, key, record)
  local digit = byte(notes, #answers)
  if digit == 48 then
    return
  end
  local is_deletion = byte(record, 29) % 2 == 1
  local told = ""
  if digit == 50 and not is_deletion and #record <= 4391 then
    told = sub(record, 36, -5)
  end
  local version = sub(record, 1, 20)
  kind = is_deletion and "d" or kind
  notices[#notices + 1] = "0"
  notices[#notices + 1] = version .. kind .. struct.pack(">I2", #key) .. key .. told
end

-- Whether there was a value when the new version was stamped: no clock is asked here.
local function replaces(answer, version)
  local kind = sub(answer, 1, 1)
  if kind ~= "x" then
    return kind == "v"
  end
  local a, b, c, d, e, f = byte(answer, 2, 7)
  local stamp = tonumber(sub(version, 1, 6), 16) * 16777216 + tonumber(sub(version, 7, 12), 16)
  return ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f > stamp
end

while at <= size do
  local partition, key, record
  partition, key, record, at = unpack(">I1c0I2c0I4c0", batch, at)
  local hash = "p:" .. partition
  local version = sub(record, 1, 20)
  local old = call("HGET", hash, key)
  local held = old and #old >= 40 and sub(old, 1, 20)
  count = count + 1

  if held == version then
    answers[count] = "r"
    -- It came by another way first, which notes nothing: a copy that was handed over or repaired.
    if notes and #call("ZRANGEBYLEX", "outbox", "[" .. version, "(" .. version .. "\255") == 0 then
      note("w", key, record)
    end
  elseif held and held > version and not find(held, "[^0-9a-f]") then
    answers[count] = held
  else
    if at_limit then
      call("HDEL", hash, key)
    end
    call("HSET", hash, key, record)

    -- string.byte, because struct.unpack costs half a microsecond more.
    local a, b, c, d, e, f, g, h, flags = byte(record, 21, 29)
    local more_high = ((a * 256 + b) * 256 + c) * 256 + d
    local more_low = ((e * 256 + f) * 256 + g) * 256 + h
    local more_records = 1
    local was_live = false
    local old_flags = 0
    answers[count] = "n"
    if old and (not held or held > version) then
      -- No record: what the indexes have of it is not known either.
      more_records = 0
      was_live = nil
      old_flags = nil
    elseif old then
      a, b, c, d, e, f, g, h, old_flags = byte(old, 21, 29)
      more_high = more_high - (((a * 256 + b) * 256 + c) * 256 + d)
      more_low = more_low - (((e * 256 + f) * 256 + g) * 256 + h)
      more_records = 0
      was_live = old_flags % 2 == 0
      if was_live then
        answers[count] = old_flags >= 2 and "x" .. sub(old, 30, 35) or "v"
      end
    end

    local so_far = high[partition]
    if so_far then
      high[partition] = so_far + more_high
      low[partition] = low[partition] + more_low
      added[partition] = added[partition] + more_records
    else
      high[partition], low[partition], added[partition] = more_high, more_low, more_records
      field_count = field_count + 1
      fields[field_count] = partition
    end

    if flags ~= 0 or old_flags ~= 0 then
      local since = false
      if flags ~= 0 then
        -- In halves: not every Lua takes 48 bits of hex at once.
        since = tonumber(sub(version, 1, 6), 16) * 16777216 + tonumber(sub(version, 7, 12), 16)
        if flags % 2 == 0 then
          a, b, c, d, e, f = byte(record, 30, 35)
          since = math.max(since, ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f)
        end
      end
      absent[struct.pack(">I2", partition) .. key] = since
      absent_changed = true
    end

    if notes then
      note(replaces(answers[count], version) and "r" or "c", key, record)
    end

    local is_live = flags % 2 == 0
    if is_live ~= was_live then
      live[key] = is_live
      live_changed = true
    end
  end
end

-- One HMGET and one HSET for all digests, one ZADD and one ZREM for each index.
if field_count > 0 then
  local digests = call("HMGET", "digest", _G.unpack(fields))
  local changes = {}
  for index = 1, field_count do
    local partition = fields[index]
    local old_high, old_low, records = 0, 0, 0
    local digest = digests[index]
    if digest and #digest == 12 then
      local a, b, c, d, e, f, g, h, i, j, k, l = byte(digest, 1, 12)
      old_high = ((a * 256 + b) * 256 + c) * 256 + d
      old_low = ((e * 256 + f) * 256 + g) * 256 + h
      records = ((i * 256 + j) * 256 + k) * 256 + l
    end
    changes[2 * index - 1] = partition
    changes[2 * index] = struct.pack(
      ">I4I4I4",
      (old_high + high[partition]) % 4294967296,
      (old_low + low[partition]) % 4294967296,
      records + added[partition]
    )
  end
  call("HSET", "digest", _G.unpack(changes))
end

if live_changed then
  local born, dead = {}, {}
  for key, is_live in pairs(live) do
    if is_live then
      born[#born + 1] = "0"
      born[#born + 1] = key
    else
      dead[#dead + 1] = key
    end
  end
  if #born > 0 then
    call("ZADD", "keys", _G.unpack(born))
  end
  if #dead > 0 then
    call("ZREM", "keys", _G.unpack(dead))
  end
end

if absent_changed then
  local listed, plain = {}, {}
  for member, since in pairs(absent) do
    if since then
      -- Lua's own way to write a number keeps 14 digits.
      listed[#listed + 1] = string.format("%.0f", since)
      listed[#listed + 1] = member
    else
      plain[#plain + 1] = member
    end
  end
  if #listed > 0 then
    call("ZADD", "purgeable", _G.unpack(listed))
  end
  if #plain > 0 then
    call("ZREM", "purgeable", _G.unpack(plain))
  end
end

if #notices > 0 then
  call("ZADD", "outbox", _G.unpack(notices))
  local excess = call("ZCARD", "outbox") - outbox_max
  if excess > 0 then
    call("ZREMRANGEBYRANK", "outbox", "0", string.format("%.0f", excess - 1))
    call("HINCRBY", "meta", "outbox_dropped", string.format("%.0f", excess))
  end
end
return table.concat(answers)
