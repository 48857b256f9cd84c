--[[
  Puts a copy in the place of a damaged record, or nothing, if it is still what was found.

  ARGV[1]  partition
  ARGV[2]  the field
  ARGV[3]  the bytes that were found there
  ARGV[4]  the copy, an intact record; "" for nothing

  Returns 1, or 0 when something else is held; then nothing was changed. Both indexes are set right
  whatever they say now; the digest is not kept in step. The HDEL lets it mend at the memory limit
  too (see apply.lua).
]]
local call, pack, sub, byte = redis.call, struct.pack, string.sub, string.byte
local partition, field, found, copy = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local hash = "p:" .. partition
local member = pack(">I2", tonumber(partition)) .. field

if call("HGET", hash, field) ~= found then
  return 0
end
call("HDEL", hash, field)
if copy == "" then
  call("ZREM", "keys", field)
  call("ZREM", "purgeable", member)
  return 1
end

call("HSET", hash, field, copy)
local flags, a, b, c, d, e, f = byte(copy, 29, 35)
if flags % 2 == 0 then
  call("ZADD", "keys", "0", field)
else
  call("ZREM", "keys", field)
end
if flags == 0 then
  call("ZREM", "purgeable", member)
  return 1
end
-- As in apply.lua: a tombstone's expiry means nothing.
local since = tonumber(sub(copy, 1, 6), 16) * 16777216 + tonumber(sub(copy, 7, 12), 16)
if flags % 2 == 0 then
  since = math.max(since, ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f)
end
call("ZADD", "purgeable", string.format("%.0f", since), member)
return 1
