--[[
  Reads the copies held of some keys, as many as fit into one answer.

  ARGV[1]  keys, one after the other: length of the partition's number (1 byte), that number in
           decimal, length of the key (2), key; lengths are big-endian
  ARGV[2]  how many bytes of records to stop after

  Returns the records in the order of the keys, nil where there is none. Fewer than were asked for
  when the bytes were used up; at least one.
]]
local call, unpack = redis.call, struct.unpack
local keys, at, size = ARGV[1], 1, #ARGV[1]
local budget = tonumber(ARGV[2])

local records, count = {}, 0
while at <= size and budget > 0 do
  local partition, key
  partition, key, at = unpack(">I1c0I2c0", keys, at)
  local record = call("HGET", "p:" .. partition, key)
  count = count + 1
  records[count] = record
  if record then
    budget = budget - #record
  end
end
return records
