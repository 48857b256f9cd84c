--[[
  Says what some keys hold, without the values.

  ARGV[1]  keys, one after the other: length of the partition's number (1 byte), that number in
           decimal, length of the key (2), key; lengths are big-endian
  ARGV[2]  how many bytes of records to stop after: values are read here, though not answered

  Returns one string, for each key in order 31 bytes: version (20), flags (1), expiry (6), size of
  the record (4). What is no record (see apply.lua) has a version of dashes; where there is nothing,
  the size is 0. Fewer than were asked for when the bytes were used up; at least one.
]]
local call, unpack, pack, sub = redis.call, struct.unpack, struct.pack, string.sub
local find = string.find
local keys, at, size = ARGV[1], 1, #ARGV[1]
local budget = tonumber(ARGV[2])
local NOTHING = string.rep("-", 20) .. string.rep("\0", 7)

local heads, count = {}, 0
while at <= size and budget > 0 do
  local partition, key
  partition, key, at = unpack(">I1c0I2c0", keys, at)
  local record = call("HGET", "p:" .. partition, key)
  local length = record and #record or 0
  count = count + 1
  if length >= 40 and not find(sub(record, 1, 20), "[^0-9a-f]") then
    heads[count] = sub(record, 1, 20) .. sub(record, 29, 35) .. pack(">I4", length)
  else
    heads[count] = NOTHING .. pack(">I4", length)
  end
  budget = budget - length
end
return table.concat(heads)
