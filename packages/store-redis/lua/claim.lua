--[[
  Makes this Redis a node's own, or confirms that it is, and counts a start.

  ARGV[1]  cluster id
  ARGV[2]  node id

  Returns { "own", incarnation, clock reservation } or { "foreign", cluster id, node id } of whom it
  belongs to; then nothing was changed. The HDEL lets a node start at the memory limit too (see
  apply.lua).
]]
local meta = redis.call("HMGET", "meta", "cluster", "node", "incarnation", "reserved_until_ms")
local cluster, node, incarnation, reserved = unpack(meta)
if cluster and (cluster ~= ARGV[1] or node ~= ARGV[2]) then
  return { "foreign", cluster, node or "" }
end
incarnation = tostring(tonumber(incarnation or "0") + 1)
redis.call("HDEL", "meta", "incarnation")
redis.call("HSET", "meta", "cluster", ARGV[1], "node", ARGV[2], "incarnation", incarnation)
return { "own", incarnation, reserved or "0" }
