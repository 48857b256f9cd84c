--[[
  Forgets the notices of some versions.

  ARGV[1]  versions, 20 bytes each, one after the other
]]
local versions = ARGV[1]
for at = 1, #versions, 20 do
  local version = string.sub(versions, at, at + 19)
  redis.call("ZREMRANGEBYLEX", "outbox", "[" .. version, "(" .. version .. "\255")
end
