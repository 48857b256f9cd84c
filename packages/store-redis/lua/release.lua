--[[
  Forgets each record whose version is still the one given.

  ARGV[1]  records, one after the other: partition (2 bytes), length of the key (2), key, version
           (20); numbers are big-endian

  Returns how many were forgotten. An HDEL comes before every HSET, so this works at the memory
  limit too (see apply.lua).
]]
local call, unpack = redis.call, struct.unpack
local batch, at, size = ARGV[1], 1, #ARGV[1]

local released = 0
while at <= size do
  local partition, key, version
  partition, key, version, at = unpack(">I2I2c0c20", batch, at)
  local hash = "p:" .. partition
  local held = call("HGET", hash, key)
  if held and string.sub(held, 1, 20) == version then
    call("HDEL", hash, key)
    call("ZREM", "keys", key)
    local high, low = unpack(">I4I4", held, 21)
    local old_high, old_low, records = unpack(">I4I4I4", call("HGET", "digest", partition))
    if records == 1 then
      call("HDEL", "digest", partition)
    else
      local digest = struct.pack(
        ">I4I4I4",
        (old_high - high) % 4294967296,
        (old_low - low) % 4294967296,
        records - 1
      )
      call("HSET", "digest", partition, digest)
    end
    released = released + 1
  end
end
return released
