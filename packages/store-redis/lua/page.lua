--[[
  A page of a partition's records.

  ARGV[1]  the partition's hash
  ARGV[2]  cursor, "0" for the first page
  ARGV[3]  how many records to stop after
  ARGV[4]  how many bytes of records to stop after

  Returns the next cursor ("0" after the last page), then key, record, key, record, ... HSCAN counts
  records and not bytes, and one step of it may go beyond the limits: so the first step is small,
  and the others are as large as the records seen so far allow.
]]
local STEP_MIN, STEP_MAX = 4, 64
local cursor, records_max, bytes_max = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local page, size = { "0" }, 1
local records, bytes, step = 0, 0, STEP_MIN
repeat
  local reply = redis.call("HSCAN", ARGV[1], cursor, "COUNT", step)
  cursor = reply[1]
  local found = reply[2]
  for index = 1, #found do
    page[size + index] = found[index]
    bytes = bytes + #found[index]
  end
  size = size + #found
  records = records + #found / 2
  if bytes > 0 then
    local fitting = math.floor((bytes_max - bytes) * records / bytes)
    step = math.max(STEP_MIN, math.min(STEP_MAX, fitting))
  end
until cursor == "0" or records >= records_max or bytes >= bytes_max
page[1] = cursor
return page
