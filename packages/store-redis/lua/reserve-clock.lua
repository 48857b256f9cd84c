--[[
  Moves the clock's mark ahead, and never back.

  ARGV[1]  milliseconds since the epoch, an integer

  The HDEL lets it move at the memory limit too, or deletions could not be stamped (see apply.lua).
]]
local reserved = redis.call("HGET", "meta", "reserved_until_ms")
if not reserved or tonumber(ARGV[1]) > tonumber(reserved) then
  redis.call("HDEL", "meta", "reserved_until_ms")
  redis.call("HSET", "meta", "reserved_until_ms", ARGV[1])
end
