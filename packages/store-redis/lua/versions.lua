--[[
  A page of what a partition holds: keys and versions, no values.

  ARGV[1]  the partition's hash
  ARGV[2]  cursor, "0" for the first page
  ARGV[3]  how many records to stop after
  ARGV[4]  how many bytes of records to stop after: values are read here, though not answered

  Returns the next cursor ("0" after the last page) and one string, for each record: length of the
  key (2 bytes), size of the record (4), version (20), key; numbers are big-endian. Steps grow as in
  page.lua. What is no record to look at (a key of no or more than 1,024 bytes, fewer than 40 bytes,
  no version) is left out: whoever compares takes it for missing, and brings it anew.
]]
local STEP_MIN, STEP_MAX = 4, 256
local cursor, records_max, bytes_max = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local pack, sub, find = struct.pack, string.sub, string.find

local page, listed, records, bytes, step = {}, 0, 0, 0, STEP_MIN
repeat
  local reply = redis.call("HSCAN", ARGV[1], cursor, "COUNT", step)
  cursor = reply[1]
  local found = reply[2]
  for index = 1, #found, 2 do
    local key, record = found[index], found[index + 1]
    records = records + 1
    bytes = bytes + #record
    local version = sub(record, 1, 20)
    if #record >= 40 and #key >= 1 and #key <= 1024 and not find(version, "[^0-9a-f]") then
      listed = listed + 1
      page[listed] = pack(">I2I4", #key, #record) .. version .. key
    end
  end
  if bytes > 0 then
    local fitting = math.floor((bytes_max - bytes) * records / bytes)
    step = math.max(STEP_MIN, math.min(STEP_MAX, fitting))
  end
until cursor == "0" or records >= records_max or bytes >= bytes_max
return { cursor, table.concat(page) }
