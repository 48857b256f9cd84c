--[[
  Puts a copy in the place of a damaged record, or nothing, if it is still what was found.

  ARGV[1]  the partition's hash
  ARGV[2]  the field
  ARGV[3]  the bytes that were found there
  ARGV[4]  the copy, an intact record; "" for nothing

  Returns 1, or 0 when something else is held; then nothing was changed. The digest is not kept in step.
  The HDEL lets it mend at the memory limit too (see apply.lua).
]]
local hash, field, copy = ARGV[1], ARGV[2], ARGV[4]
if redis.call("HGET", hash, field) ~= ARGV[3] then
  return 0
end
redis.call("HDEL", hash, field)
if copy == "" then
  redis.call("ZREM", "keys", field)
  return 1
end
redis.call("HSET", hash, field, copy)
if string.byte(copy, 29) % 2 == 0 then
  redis.call("ZADD", "keys", "0", field)
else
  redis.call("ZREM", "keys", field)
end
return 1
