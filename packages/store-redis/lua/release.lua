--[[
  Forgets each record whose version is still the one given.

  ARGV[1]  records, one after the other: partition (2 bytes), length of the key (2), key, version
           (20); numbers are big-endian

  Returns how many were forgotten. A digest that is missing, or is no 12 bytes, is left as it is. An HDEL comes before every HSET, so this works at the memory
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
  if held and #held >= 40 and string.sub(held, 1, 20) == version then
    call("HDEL", hash, key)
    call("ZREM", "keys", key)
    local high, low = unpack(">I4I4", held, 21)
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
