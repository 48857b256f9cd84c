--[[
  A page of the tombstones and expired records in some partitions, oldest first.

  ARGV[1]  how many members of the index to pass over
  ARGV[2]  cutoff, milliseconds since the epoch: what is younger is not listed
  ARGV[3]  partitions: 128 bytes, a bit for each, the first partition's the highest of the first byte
  ARGV[4]  how many members of the index to stop after
  ARGV[5]  how many records to stop after

  Returns how many members are passed over now ("" after the last page) and one string, for each
  record: length of the key (2 bytes), size of the record (4), milliseconds from which it is absent
  (6), version (20), key; numbers are big-endian. A member of the index whose record does not say
  the same is not listed: the index says what to look at, and never what is true. Nor is what is no
  record (see apply.lua), or a member too short to name one.
]]
local call, unpack, pack, sub, byte = redis.call, struct.unpack, struct.pack, string.sub, string.byte
local find, STEP = string.find, 128
local at, cutoff, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local end_at, records_max = at + tonumber(ARGV[4]), tonumber(ARGV[5])

-- A tombstone's expiry means nothing.
local function absent_from(record)
  local ms = tonumber(sub(record, 1, 6), 16) * 16777216 + tonumber(sub(record, 7, 12), 16)
  local flags, a, b, c, d, e, f = byte(record, 29, 35)
  if flags % 2 == 1 then
    return ms
  end
  return math.max(ms, ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f)
end

local page, records = {}, 0
while at < end_at and records < records_max do
  local found = call("ZRANGE", "purgeable", at, at + STEP - 1, "WITHSCORES")
  for index = 1, #found, 2 do
    local member, score = found[index], tonumber(found[index + 1])
    if score > cutoff then
      return { "", table.concat(page) }
    end
    local partition = #member > 2 and unpack(">I2", member) or 65535
    local bits = byte(wanted, math.floor(partition / 8) + 1)
    if bits and math.floor(bits / 2 ^ (7 - partition % 8)) % 2 == 1 then
      local key = sub(member, 3)
      local record = call("HGET", "p:" .. partition, key)
      local is_record = record and #record >= 40 and not find(sub(record, 1, 20), "[^0-9a-f]")
      if is_record and byte(record, 29) ~= 0 and absent_from(record) == score then
        records = records + 1
        local high = math.floor(score / 4294967296)
        page[records] = pack(">I2I4I2I4", #key, #record, high, score % 4294967296)
          .. sub(record, 1, 20)
          .. key
      end
    end
  end
  at = at + #found / 2
  if #found < 2 * STEP then
    return { "", table.concat(page) }
  end
end
return { string.format("%.0f", at), table.concat(page) }
