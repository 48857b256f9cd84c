--[[
  Forgets each record whose version is still the one given.

  ARGV[1]  records, one after the other: length of the partition's number (1 byte), that number in
           decimal, length of the key (2), key, version (20); lengths are big-endian
  ARGV[2]  "": whatever they are. Else a cutoff, milliseconds since the epoch: only tombstones and
           expired records that have been absent since then or longer

  Returns one string, for each record in order "1": forgotten, or "0": it was not there, or not old
  enough. A digest that is missing, or is no 12 bytes, is left as it is. An HDEL comes before every
  HSET, so this works at the memory limit too (see apply.lua).
]]
local call, unpack, sub, byte = redis.call, struct.unpack, string.sub, string.byte
local batch, at, size = ARGV[1], 1, #ARGV[1]
local cutoff = tonumber(ARGV[2])

local function is_absent_since(record, ms)
  local flags, a, b, c, d, e, f = byte(record, 29, 35)
  local stamp = tonumber(sub(record, 1, 6), 16) * 16777216 + tonumber(sub(record, 7, 12), 16)
  if flags == 0 or stamp > ms then
    return false
  end
  -- A tombstone's expiry means nothing.
  return flags % 2 == 1 or ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f <= ms
end

-- By partition: what is forgotten of it. One command for each kind of change, and not for each
-- record; values are looked at one by one, because together they may be large.
local partitions, groups = {}, {}
local answers, count = {}, 0
while at <= size do
  local partition, key, version
  partition, key, version, at = unpack(">I1c0I2c0c20", batch, at)
  local group = groups[partition]
  if not group then
    group = { keys = {}, members = {}, taken = {}, high = 0, low = 0 }
    groups[partition] = group
    partitions[#partitions + 1] = partition
  end
  local held = call("HGET", "p:" .. partition, key)
  local is_meant = held and #held >= 40 and sub(held, 1, 20) == version and not group.taken[key]
  count = count + 1
  answers[count] = "0"
  if is_meant and (not cutoff or is_absent_since(held, cutoff)) then
    group.taken[key] = true
    group.keys[#group.keys + 1] = key
    if byte(held, 29) ~= 0 then
      group.members[#group.members + 1] = struct.pack(">I2", partition) .. key
    end
    local high, low = unpack(">I4I4", held, 21)
    group.high, group.low = group.high + high, group.low + low
    answers[count] = "1"
  end
end

for index = 1, #partitions do
  local partition = partitions[index]
  local group, hash = groups[partition], "p:" .. partition
  if #group.keys > 0 then
    call("HDEL", hash, _G.unpack(group.keys))
    call("ZREM", "keys", _G.unpack(group.keys))
    if #group.members > 0 then
      call("ZREM", "purgeable", _G.unpack(group.members))
    end
    local held_digest = call("HGET", "digest", partition)
    local old_high, old_low, records = 0, 0, nil
    if held_digest and #held_digest == 12 then
      old_high, old_low, records = unpack(">I4I4I4", held_digest)
    end
    if call("EXISTS", hash) == 0 then
      call("HDEL", "digest", partition)
    elseif records and records > 0 then
      local digest = struct.pack(
        ">I4I4I4",
        (old_high - group.high) % 4294967296,
        (old_low - group.low) % 4294967296,
        math.max(0, records - #group.keys)
      )
      call("HSET", "digest", partition, digest)
    end
  end
end
return table.concat(answers)
